// One module graph: htmx and its extension must arrive together, or a stream may never open.
import "../vendor/htmx.esm.min.js";
import "../vendor/hx-sse.min.js";
import "./theme.js";
import "./keys.js";
import "./list.js";
import "./dialog.js";
import "./palette.js";
import "./toast.js";
import "./copy.js";
import "./time.js";
import "./filters.js";
import "./upload.js";
import "./editor.js";
import "./here.js";
import "./live.js";
import "./rows.js";
import "./passkey.js";

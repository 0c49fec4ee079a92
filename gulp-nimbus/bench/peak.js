/** Preloaded into the client: its peak memory goes to the file that NIMBUS_PEAK_FILE names. */
import {writeFileSync} from 'node:fs';

process.once('exit', () => writeFileSync(process.env.NIMBUS_PEAK_FILE, String(process.resourceUsage().maxRSS / 1024)));

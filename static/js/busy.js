// A button that sends a form says so until the answer comes; data-stays marks forms whose answer is a file.
const LONGEST_MS = 15_000;

addEventListener("submit", event => {
	const button = event.submitter;
	if (event.defaultPrevented || !button || event.target.method !== "post" || "stays" in event.target.dataset) {
		return;
	}
	button.setAttribute("aria-busy", "true");
	setTimeout(() => button.removeAttribute("aria-busy"), LONGEST_MS);
});

// The page may come back as it was left.
addEventListener("pageshow", event => {
	if (event.persisted) {
		document.querySelectorAll(".btn[aria-busy]").forEach(button => button.removeAttribute("aria-busy"));
	}
});

// A toast leaves after eight seconds, and waits while someone points at it or has it focused.
const SHOWN_MS = 8000;

function isHeld(toast) {
	return toast.matches(":hover, :focus-within");
}

function leave(toast) {
	if (isHeld(toast)) {
		setTimeout(leave, 1000, toast);
		return;
	}
	toast.dataset.leaving = "";
	setTimeout(() => toast.remove(), 200);
}

function watch(toast) {
	setTimeout(leave, SHOWN_MS, toast);
}

const tray = document.querySelector(".toasts");
if (tray) {
	tray.querySelectorAll(".toast").forEach(watch);
	new MutationObserver(changes => {
		for (const {addedNodes} of changes) {
			for (const node of addedNodes) {
				if (node.nodeType === Node.ELEMENT_NODE) {
					watch(node);
				}
			}
		}
	}).observe(tray, {childList: true});
}

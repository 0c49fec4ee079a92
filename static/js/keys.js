// A shortcut is an attribute on the very button it presses: data-key="a" or data-key="g h".
let chord = "";

// Whoever dictates or strikes keys by chance turns single keys off; this browser remembers it.
const STORE = "nimbus-keys";
document.documentElement.dataset.keys = localStorage.getItem(STORE) ?? "on";
for (const box of document.querySelectorAll("[data-keys-switch]")) {
	box.checked = !areOff();
}

addEventListener("change", event => {
	if (event.target.matches("[data-keys-switch]")) {
		document.documentElement.dataset.keys = event.target.checked ? "on" : "off";
		localStorage.setItem(STORE, document.documentElement.dataset.keys);
	}
});

function isTyping(target) {
	return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

function areOff() {
	return document.documentElement.dataset.keys === "off";
}

function isVisible(element) {
	return element.checkVisibility() && !element.disabled && !element.closest("[inert]");
}

// The buttons of other changes than the chosen one hear no key.
function isReached(element) {
	const item = element.closest("[data-list] > [data-item]");
	return item === null || item.hasAttribute("aria-current");
}

// A scope marked as current (the chosen change) is asked before the rest of the page.
function find(key) {
	const wanted = `[data-key~="${CSS.escape(key)}"], [data-chord="${CSS.escape(key)}"]`;
	const current = document.querySelector("[data-list] > [aria-current]");
	return [...(current?.querySelectorAll(wanted) ?? []), ...document.querySelectorAll(wanted)]
		.find(element => isVisible(element) && isReached(element));
}

addEventListener("keydown", event => {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
		return;
	}
	if (event.key === "Escape") {
		document.querySelectorAll("details.menu[open]").forEach(menu => menu.removeAttribute("open"));
		return;
	}
	if (areOff() || isTyping(event.target) || document.querySelector("dialog:modal")) {
		return;
	}
	const key = event.shiftKey && event.key.length === 1 ? event.key.toUpperCase() : event.key;
	const target = (chord && find(`${chord}+${key}`)) || find(key);
	chord = key === "g" ? "g" : "";
	if (target) {
		event.preventDefault();
		target.matches("input:not([type=checkbox]), textarea") ? target.focus() : target.click();
		// A filter's fields open with the key that opens it, and the first of them is ready to type in.
		target.closest("details[open]")?.querySelector("input, select")?.focus();
	}
});

addEventListener("click", event => {
	for (const menu of document.querySelectorAll("details.menu[open]")) {
		if (!menu.contains(event.target)) {
			menu.removeAttribute("open");
		}
	}
});

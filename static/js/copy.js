import {words} from "./words.js";

// data-copy holds the text, or data-copy-from the id of the element that does.
addEventListener("click", async event => {
	const button = event.target.closest("[data-copy], [data-copy-from]");
	if (!button) {
		return;
	}
	const text = button.dataset.copy ?? document.getElementById(button.dataset.copyFrom).textContent;
	await navigator.clipboard.writeText(text.trim());
	button.dataset.copied = "";
	const label = button.querySelector("[data-copy-label]");
	const before = label?.textContent;
	if (label) {
		label.textContent = words("copied");
	}
	setTimeout(() => {
		delete button.dataset.copied;
		if (label) {
			label.textContent = before;
		}
	}, 1600);
});

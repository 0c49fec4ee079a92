// data-add-row adds the last row of its group once more, empty.
document.addEventListener("click", event => {
	const button = event.target.closest("[data-add-row]");
	if (!button) return;
	const last = button.previousElementSibling;
	const row = last.cloneNode(true);
	const number = button.parentElement.querySelectorAll(":scope > div").length + 1;
	for (const input of row.querySelectorAll("input")) {
		input.value = "";
		input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, number));
	}
	button.before(row);
	row.querySelector("input").focus();
});

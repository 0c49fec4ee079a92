// Edit swaps a change's reading view for its text field. Its numbered tags must all stay.
const TAG = /<\/?[a-z]*\d+\/?>/g;
const canvas = document.createElement("canvas").getContext("2d");

function toggle(change, isOpen) {
	const form = change.querySelector("[data-editor]");
	form.hidden = !isOpen;
	change.toggleAttribute("data-editing", isOpen);
	if (isOpen) {
		const field = form.querySelector("textarea");
		field.focus();
		field.setSelectionRange(field.value.length, field.value.length);
		measure(field);
	}
}

function missing(field) {
	const wanted = field.defaultValue.match(TAG) ?? [];
	const given = field.value.match(TAG) ?? [];
	return wanted.filter(tag => !given.includes(tag));
}

function measure(field) {
	const note = field.form.querySelector("[data-count]");
	const lost = missing(field);
	field.setCustomValidity(lost.length ? `Keep the tag ${lost.join(" ")} in the text.` : "");
	if (field.dataset.pixels) {
		canvas.font = `${field.dataset.size}px Arial, "Liberation Sans", sans-serif`;
		const width = Math.round(canvas.measureText(field.value).width);
		note.textContent = `${width} of ${field.dataset.pixels} px`;
		note.toggleAttribute("data-over", width > Number(field.dataset.pixels));
	} else {
		note.textContent = lost.length ? `Tag ${lost[0]} is missing` : `${field.value.length} characters`;
		note.toggleAttribute("data-over", lost.length > 0);
	}
}

addEventListener("click", event => {
	const button = event.target.closest("[data-edit], [data-edit-cancel]");
	if (button) {
		toggle(button.closest("[data-item]"), button.hasAttribute("data-edit"));
	}
});

addEventListener("input", event => {
	if (event.target.matches("[data-editor] textarea")) {
		measure(event.target);
	}
});

addEventListener("keydown", event => {
	if (!event.target.matches("[data-editor] textarea")) {
		return;
	}
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
		event.preventDefault();
		event.target.form.requestSubmit();
	} else if (event.key === "Escape") {
		event.preventDefault();
		toggle(event.target.closest("[data-item]"), false);
	}
});

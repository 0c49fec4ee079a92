// data-open="id" opens a dialog, data-close shuts the one around it; a click beside it does too.
addEventListener("click", event => {
	const opener = event.target.closest("[data-open]");
	if (opener) {
		event.preventDefault();
		document.getElementById(opener.dataset.open)?.showModal();
		return;
	}
	const shut = event.target.closest("[data-close]");
	if (shut || event.target.matches("dialog:modal")) {
		(shut ?? event.target).closest("dialog").close();
	}
});

// data-confirm names the text that must be typed before the button of the form wakes up.
addEventListener("input", event => {
	const field = event.target.closest("[data-confirm]");
	if (field) {
		field.form.querySelector("[type=submit]").disabled = field.value.trim() !== field.dataset.confirm;
	}
});

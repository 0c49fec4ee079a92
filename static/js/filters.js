// A filter form is sent when a choice changes; empty fields stay out of the address.
addEventListener("change", event => {
	const form = event.target.closest("form[data-filters]");
	if (form && event.target.matches("select, [type=search]")) {
		form.requestSubmit();
	}
});

addEventListener("submit", event => {
	const form = event.target;
	if (!form.matches("form[data-filters]")) {
		return;
	}
	event.preventDefault();
	const given = [...new FormData(form)].filter(([, value]) => value !== "");
	location.search = new URLSearchParams(given);
});

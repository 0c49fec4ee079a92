import htmx from "../vendor/htmx.esm.min.js";

// A filter form is sent when a choice changes; empty fields stay out of the address. data-filters may name the
// one region that follows it: then only that is fetched, and while one types, too.
const TYPED_MS = 300;
let typed = 0;

addEventListener("change", event => {
	const form = event.target.closest("form[data-filters]");
	if (form && event.target.matches("select, [type=search], [list], [type=number]")) {
		form.requestSubmit();
	}
});

addEventListener("input", event => {
	const form = event.target.closest("form[data-filters]");
	if (form?.dataset.filters && event.target.matches("[type=search]")) {
		clearTimeout(typed);
		typed = setTimeout(() => form.requestSubmit(), TYPED_MS);
	}
});

addEventListener("submit", event => {
	const form = event.target;
	if (!form.matches("form[data-filters]")) {
		return;
	}
	event.preventDefault();
	clearTimeout(typed);
	const given = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
	if (!form.dataset.filters) {
		location.search = given;
		return;
	}
	const address = `${location.pathname}?${given}`;
	// The choice changes once more when a search field that was just sent is left.
	if (address !== `${location.pathname}${location.search || "?"}`) {
		const region = document.getElementById(form.dataset.filters);
		region?.setAttribute("aria-busy", "true");
		htmx.ajax("GET", address, {target: `#${form.dataset.filters}`, swap: "outerHTML", push: address})
			.finally(() => region?.removeAttribute("aria-busy"));
	}
});

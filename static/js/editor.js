import htmx from "../vendor/htmx.esm.min.js";
import {words} from "./words.js";

// Edit swaps a change's reading view for its text field. Its numbered tags must all stay.
const TAG = /<\/?[a-z]*\d+\/?>/g;
// Amber from this share of the room on, as on the server.
const NEAR = 0.93;
const REST_MS = 400;
let resting = 0;
const canvas = document.createElement("canvas").getContext("2d");

function toggle(change, isOpen) {
	const form = change.querySelector("[data-editor]");
	const field = form.querySelector("textarea");
	form.hidden = !isOpen;
	if (isOpen) {
		change.setAttribute("data-editing", "");
		field.focus();
		field.setSelectionRange(field.value.length, field.value.length);
		measure(field);
	} else {
		// What was typed waits in the field; the preview shows what is stored.
		preview(field, field.defaultValue);
		change.removeAttribute("data-editing");
	}
}

function missing(field) {
	const wanted = field.defaultValue.match(TAG) ?? [];
	const given = field.value.match(TAG) ?? [];
	return wanted.filter(tag => !given.includes(tag));
}

function measure(field) {
	const note = field.form.querySelector("[data-count]");
	const lost = missing(field).join(" ");
	const complaint = lost && words("keep-tag", {tag: lost});
	field.setCustomValidity(complaint);
	note.textContent = complaint || words("characters", {n: field.value.length});
	note.toggleAttribute("data-over", lost !== "");
	preview(field, field.value);
}

// The bars of the editor and of the preview, and the search result itself, follow what is typed.
function preview(field, text) {
	const name = field.form.querySelector("[data-gauge]")?.dataset.gauge;
	if (!name) {
		return;
	}
	for (const gauge of document.querySelectorAll(`[data-editing] [data-gauge="${name}"], .look__after [data-gauge="${name}"]`)) {
		const room = Number(gauge.dataset.room);
		canvas.font = `${gauge.dataset.size}px Arial, "Liberation Sans", sans-serif`;
		const width = Math.round(canvas.measureText(text).width);
		const bar = gauge.querySelector("rect");
		bar.setAttribute("width", Math.min(100, Math.round(width * 100 / room)));
		bar.setAttribute("class", width > room ? "over" : width >= room * NEAR ? "near" : "fits");
		gauge.nextElementSibling.querySelector("[data-px]").textContent = width;
	}
	document.querySelectorAll(`.look__after [data-serp="${name}"]`).forEach(line => {
		line.textContent = text;
	});
}

addEventListener("click", event => {
	const button = event.target.closest("[data-edit], [data-edit-cancel]");
	if (button) {
		event.preventDefault();
		toggle(button.closest("[data-item]"), button.hasAttribute("data-edit"));
	}
});

// The very checks of the server, once one rests for a moment.
function ask(field) {
	clearTimeout(resting);
	resting = setTimeout(() => {
		const address = field.form.getAttribute("action").replace(/edit$/, "check");
		htmx.ajax("POST", address, {target: field.form.querySelector(".said"), swap: "innerHTML", values: {text: field.value}});
	}, REST_MS);
}

addEventListener("input", event => {
	if (event.target.matches("[data-editor] textarea")) {
		measure(event.target);
		ask(event.target);
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

// Ctrl-K or Cmd-K, or whatever carries data-palette: one field that finds projects, batches, pages and actions.
const TYPED_MS = 120;
const palette = document.getElementById("palette");
const field = palette?.querySelector("[role=combobox]");
const list = palette?.querySelector("[role=listbox]");
let typed = 0;
let asked = null;

function options() {
	return [...list.querySelectorAll("[role=option]")];
}

function chosen() {
	return list.querySelector("[aria-selected=true]");
}

function choose(option) {
	chosen()?.setAttribute("aria-selected", "false");
	if (option) {
		option.setAttribute("aria-selected", "true");
		option.scrollIntoView({block: "nearest"});
		field.setAttribute("aria-activedescendant", option.id);
	} else {
		field.removeAttribute("aria-activedescendant");
	}
}

function step(by) {
	const all = options();
	const at = all.indexOf(chosen());
	choose(all[(at + by + all.length) % all.length]);
}

function show(html) {
	// Made by the server's templates, which escape what people wrote.
	list.innerHTML = html;
	const found = options().length;
	list.hidden = found === 0;
	palette.querySelector(".palette__none").hidden = found > 0;
	palette.querySelector("[data-count]").textContent = found === 1 ? "1 result" : `${found} results`;
	field.setAttribute("aria-expanded", String(found > 0));
	choose(options()[0]);
}

async function ask() {
	asked?.abort();
	const mine = asked = new AbortController();
	const given = new URLSearchParams({q: field.value, project: palette.dataset.project});
	list.setAttribute("aria-busy", "true");
	try {
		const answer = await fetch(`${palette.dataset.url}?${given}`, {
			headers: {"HX-Request-Type": "partial"}, signal: mine.signal,
		});
		if (answer.redirected) {
			location.assign(answer.url);
		} else if (answer.ok) {
			show(await answer.text());
		}
	} catch (error) {
		// A newer question took its place, or the server is away: what was found before stays.
		if (!(error instanceof TypeError) && error.name !== "AbortError") {
			throw error;
		}
	} finally {
		if (asked === mine) {
			list.removeAttribute("aria-busy");
		}
	}
}

function open() {
	// Never a dialog over a dialog.
	if (document.querySelector("dialog:modal")) {
		return;
	}
	palette.showModal();
	field.value = "";
	field.focus();
	ask();
}

async function enter() {
	// Whoever types faster than the server answers means what they typed.
	clearTimeout(typed);
	if (field.dataset.asked !== field.value) {
		field.dataset.asked = field.value;
		await ask();
	}
	chosen()?.click();
}

function press(event) {
	const moves = {ArrowDown: 1, ArrowUp: -1};
	if (event.isComposing) {
		return;
	}
	if (event.key in moves && options().length > 0) {
		event.preventDefault();
		step(moves[event.key]);
	} else if (event.key === "Enter") {
		event.preventDefault();
		enter();
	}
}

if (palette) {
	addEventListener("keydown", event => {
		if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
			event.preventDefault();
			palette.open ? palette.close() : open();
		}
	});
	addEventListener("click", event => {
		if (event.target.closest("[data-palette]")) {
			event.preventDefault();
			open();
		}
	});
	field.addEventListener("keydown", press);
	field.addEventListener("input", () => {
		clearTimeout(typed);
		typed = setTimeout(() => {
			field.dataset.asked = field.value;
			ask();
		}, TYPED_MS);
	});
}

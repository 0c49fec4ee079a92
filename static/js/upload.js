import {words} from "./words.js";

// A ZIP dropped on [data-drop] becomes the value of its file input; sending shows how far it is.
function label(area, file) {
	area.querySelector("[data-drop-name]").textContent = words("megabytes", {name: file.name, size: (file.size / 1e6).toFixed(1)});
}

addEventListener("dragover", event => {
	const area = event.target.closest?.("[data-drop]");
	if (area) {
		event.preventDefault();
		area.dataset.over = "";
	}
});

addEventListener("dragleave", event => {
	const area = event.target.closest?.("[data-drop]");
	if (area && !area.contains(event.relatedTarget)) {
		delete area.dataset.over;
	}
});

addEventListener("drop", event => {
	const area = event.target.closest?.("[data-drop]");
	if (!area || !event.dataTransfer.files.length) {
		return;
	}
	event.preventDefault();
	delete area.dataset.over;
	area.querySelector("input[type=file]").files = event.dataTransfer.files;
	label(area, event.dataTransfer.files[0]);
});

addEventListener("change", event => {
	const area = event.target.closest("[data-drop]");
	if (area && event.target.files?.length) {
		label(area, event.target.files[0]);
	}
});

addEventListener("submit", event => {
	const form = event.target;
	const bar = form.querySelector("progress[data-upload]");
	if (!bar || !form.querySelector("input[type=file]").files.length) {
		return;
	}
	event.preventDefault();
	const button = event.submitter;
	button.setAttribute("aria-busy", "true");
	bar.hidden = false;
	const request = new XMLHttpRequest();
	request.open("POST", form.action);
	request.upload.addEventListener("progress", ({loaded, total}) => {
		bar.max = total;
		bar.value = loaded;
	});
	request.addEventListener("load", () => {
		// The answer is a page: after a redirect the new batch, else this form with its errors.
		if (request.status < 400 && request.responseURL !== form.action) {
			location.assign(request.responseURL);
			return;
		}
		const answer = new DOMParser().parseFromString(request.responseText, "text/html");
		const fresh = answer.querySelector("main");
		if (fresh) {
			// The form may have been dropped on from another page; loading this one anew shows the form.
			history.replaceState(null, "", form.action);
			document.querySelector("main").replaceWith(document.adoptNode(fresh));
		}
	});
	request.addEventListener("error", () => {
		button.removeAttribute("aria-busy");
		bar.hidden = true;
		const note = form.querySelector("[data-upload-error]");
		note.hidden = false;
	});
	request.send(new FormData(form));
});

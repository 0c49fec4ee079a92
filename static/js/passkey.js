import {words} from "./words.js";

// A form with data-passkey lets the browser create or get a passkey first and sends what it answered.
// Its options stand in the page (data-passkey-options: an id) or are asked for (data-passkey-ask: a URL).
addEventListener("submit", async event => {
	const form = event.target.closest("form[data-passkey]");
	if (!form) {
		return;
	}
	event.preventDefault();
	const error = form.querySelector("[data-passkey-error]");
	error.hidden = true;
	try {
		form.elements.credential.value = JSON.stringify(await ceremony(form));
		form.submit();
	} catch (reason) {
		error.textContent = sentence(reason);
		error.hidden = false;
	}
});

async function ceremony(form) {
	const { creation_options, request_options } = await optionsOf(form);
	if (form.dataset.passkey === "create") {
		const options = PublicKeyCredential.parseCreationOptionsFromJSON(creation_options.publicKey);
		if (form.elements.passwordless?.checked) {
			Object.assign(options.authenticatorSelection, {
				residentKey: "required", requireResidentKey: true, userVerification: "required",
			});
		}
		return (await navigator.credentials.create({ publicKey: options })).toJSON();
	}
	const options = PublicKeyCredential.parseRequestOptionsFromJSON(request_options.publicKey);
	return (await navigator.credentials.get({ publicKey: options })).toJSON();
}

async function optionsOf(form) {
	const { passkeyOptions, passkeyAsk } = form.dataset;
	if (passkeyOptions) {
		return JSON.parse(document.getElementById(passkeyOptions).textContent);
	}
	const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
	const answer = await fetch(passkeyAsk, { headers });
	return answer.json();
}

function sentence(reason) {
	if (reason.name === "NotAllowedError") {
		return words("passkey-none");
	}
	if (reason.name === "InvalidStateError") {
		return words("passkey-known");
	}
	return words("passkey-never");
}

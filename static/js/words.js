// What scripts say stands in the page, in the language of its reader.
const said = JSON.parse(document.getElementById("script-words").textContent);

export function words(name, values = {}) {
	return said[name].replace(/{(\w+)}/g, (_, key) => values[key]);
}

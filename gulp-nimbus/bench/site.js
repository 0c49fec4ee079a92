/** A site of many pages of about 27 kB, no two alike. */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

const PAGE_BYTES = 27_000;
const WORDS = 'watch repair battery glass strap service estimate express workshop leather sapphire gasket crown quartz automatic courier'.split(' ');

/** @param {string} folder @param {number} pages */
export function writeSite(folder, pages) {
	for (let number = 0; number < pages; number++) {
		const place = path.join(folder, `city-${Math.floor(number / 100)}`);
		mkdirSync(place, {recursive: true});
		writeFileSync(path.join(place, `shop-${number}.html`), page(number));
	}
}

function page(number) {
	const parts = [
		`<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Shop ${number}</title>\n<meta name="description" content="All about shop ${number}.">\n</head>`,
		`<body><header><nav><a href="/">Home</a> <a href="/shops">Shops</a></nav></header><main><h1>Watch repair in shop ${number}</h1>\n`,
	];
	for (let index = 0, size = 0; size < PAGE_BYTES - 800; index++) {
		const text = paragraph(number, index);
		size += text.length;
		parts.push(text);
	}
	return `${parts.join('')}</main></body></html>\n`;
}

/** Text in the usual markup of a page builder: more tags than words. */
function paragraph(number, index) {
	const words = Array.from({length: 30}, (_, at) => WORDS[(number * 7 + index * 3 + at * 5) % WORDS.length]).join(' ');
	return `<div class="row mb-4 align-items-center section-${index}" data-part="${index}"><div class="col-md-8 offset-md-2 text-block">\n`
		+ `<p class="lead text-muted">In shop ${number}, part ${index}: ${words} <strong>within ${index} days</strong>.</p>\n`
		+ `<img class="img-fluid" src="/images/${number}-${index}.webp" width="640" height="360" loading="lazy" alt="Shop ${number}, picture ${index}"></div></div>\n`;
}

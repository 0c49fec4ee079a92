import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {canonical, canonicalDomain, pageId} from '../lib/page-id.js';

const vectors = JSON.parse(readFileSync(new URL('../../spec/urls.json', import.meta.url)));

test('an address has one canonical form', () => {
	for (const {name, url, project_domain: projectDomain, domain, path} of vectors.canonical) {
		assert.deepEqual(canonical(url, projectDomain), {domain, path}, name);
		assert.deepEqual(canonical(path, domain), {domain, path}, `${name}, once more`);
	}
});

test('what is no page address is refused', () => {
	for (const {name, url, project_domain: projectDomain} of vectors.refused) {
		assert.throws(() => canonical(url, projectDomain), TypeError, name);
	}
	for (const domain of vectors.refused_domains) {
		assert.throws(() => canonicalDomain(domain), TypeError, domain);
	}
	assert.throws(() => canonical('/\ud800', 'example.com'), TypeError);
});

test('page ids follow the vectors', () => {
	for (const {project_id: projectId, domain, path, page_id: id} of vectors.page_ids) {
		assert.equal(pageId(projectId, domain, path), id);
	}
});

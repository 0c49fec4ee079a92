/** Which project a key stands for, and which page of it a file is. */
import {checkRules} from './dimensions.js';
import {EXIT, NimbusError} from './errors.js';
import {Page} from './html/index.js';
import {parseSelector} from './html/selector.js';
import {canonical, pageId} from './page-id.js';

export class Project {
	constructor({project_id: id, name, domain, settings, limits = {}}, config) {
		this.id = id;
		this.name = name;
		this.domain = domain;
		this.limits = limits;
		this.base = config.base.replace(/\/*$/, '/');
		this.rules = config.dimensions ?? settings?.dimension_rules ?? [];
		this.hero = settings?.hero_selector ?? '';
		this.jsonLd = settings?.json_ld ?? false;
		this.tier = settings?.optimization_tier ?? '';
		check('dimension rules are', () => checkRules(this.rules));
		check('hero selector is', () => parseSelector(this.hero));
	}

	/** Ask the server who the key is; a key of the whole organization needs `project` in the options. */
	static async load(client, config) {
		const {project, limits} = await client.json('GET', '/project');
		if (project && (!config.project || config.project === project.project_id)) {
			return new Project({...project, limits}, config);
		}
		if (!config.project) {
			throw new NimbusError('This key is of the whole organization. Name the project, such as `project: \'proj_…\'`, or set NIMBUS_PROJECT.',
				{code: 'usage', exit: EXIT.usage});
		}
		const data = await client.json('GET', `/projects/${encodeURIComponent(config.project)}`);
		return new Project({...data, limits}, config);
	}

	/** The address of a built file: `about/index.html` is `/about/index.html` under `base`. */
	url(relative) {
		return this.base + relative.split('/').map(encodeURIComponent).join('/');
	}

	path(relative) {
		return canonical(this.url(relative), this.domain);
	}

	pageId(relative) {
		const {domain, path} = this.path(relative);
		return pageId(this.id, domain, path);
	}

	/** What a page offers, by the project's settings. */
	extraction(relative, bytes, encoding) {
		const page = new Page(bytes, encoding, {hero: this.hero});
		return page.extraction({jsonLd: this.jsonLd, rules: this.rules, path: this.path(relative).path});
	}
}

function check(what, look) {
	try {
		look();
	} catch (error) {
		throw new NimbusError(`The project's ${what} wrong. ${error.message} Mend this in its settings.`, {code: 'usage', exit: EXIT.usage});
	}
}

/** Which project a key stands for, and which page of it a file is. */
import {checkRules, needsTags, readDimensions} from './dimensions.js';
import {EXIT, NimbusError} from './errors.js';
import {canonical, pageId} from './page-id.js';
import {startTags} from './page-source.js';

export class Project {
	constructor({project_id: id, domain, settings, limits = {}}, config) {
		this.id = id;
		this.domain = domain;
		this.limits = limits;
		this.base = config.base.replace(/\/*$/, '/');
		this.rules = config.dimensions ?? settings?.dimension_rules ?? [];
		try {
			checkRules(this.rules);
		} catch (error) {
			throw new NimbusError(`The project's dimension rules are wrong. ${error.message} Mend them in its settings.`, {code: 'usage', exit: EXIT.usage});
		}
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

	dimensions(relative, bytes, encoding) {
		const tags = needsTags(this.rules) ? startTags(bytes, encoding) : [];
		return readDimensions(this.rules, this.path(relative).path, tags);
	}
}

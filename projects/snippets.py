"""The lines a project's build needs, ready to paste."""

from django.conf import settings

from nimbus import plugin
from projects.models import Project

PLACEHOLDER = "nmb_live_…"


def gulpfile(project: Project) -> str:
    return f"""\
import gulp from 'gulp';
import nimbus from 'gulp-nimbus';

const options = {{
	url: '{settings.SITE_URL}',
	project: '{project.id}',
	key: process.env.NIMBUS_API_KEY,
	tier: '{project.setting("optimization_tier")}',
}};
const pages = () => gulp.src('dist/**/*.html', {{encoding: false}});

export const upload = () => pages().pipe(nimbus.upload(options));
export const wait = () => nimbus.wait({{...options, for: 'review'}});
export const apply = () =>
	pages().pipe(nimbus.apply(options)).pipe(gulp.dest('dist', {{encoding: false}}));
"""


def shell(secret: str = PLACEHOLDER) -> str:
    return f"""\
npm install --save-dev gulp {plugin.source()}
export NIMBUS_URL={settings.SITE_URL}
export NIMBUS_API_KEY={secret}
npx gulp upload && npx gulp wait && npx gulp apply"""

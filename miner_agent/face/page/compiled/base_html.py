from miner_agent.face.page.page_runtime import Undefined, environment, escape, missing  # by tools/templates.py
name = 'base.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_static = resolve('static')
    l_0_every_seconds = resolve('every_seconds')
    l_0_at = resolve('at')
    l_0_pages = resolve('pages')
    l_0_clock = resolve('clock')
    l_0_zone = resolve('zone')
    l_0_day_and_clock = resolve('day_and_clock')
    l_0_zone_name = resolve('zone_name')
    l_0_version = resolve('version')
    pass
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n<title>'
    yield from context.blocks['title'][0](context)
    yield ' · miner-agent</title>\n<link rel="icon" href="'
    yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), 'icon.svg')))
    yield '" type="image/svg+xml">\n'
    for l_1_name in ('page.css', 'parts.css', 'drawings.css', 'narrow.css'):
        _loop_vars = {}
        pass
        yield '<link rel="stylesheet" href="'
        yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), l_1_name, _loop_vars=_loop_vars)))
        yield '">\n'
    l_1_name = missing
    yield '<script src="'
    yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), 'page.js')))
    yield '" defer></script>\n'
    yield from context.blocks['more_head'][0](context)
    yield '</head>\n<body data-every-seconds="'
    yield escape(environment.finalize((undefined(name='every_seconds') if l_0_every_seconds is missing else l_0_every_seconds)))
    yield '"'
    if (not (undefined(name='at') if l_0_at is missing else l_0_at)):
        pass
        yield ' data-waiting'
    yield '>\n<a class="skip" href="#main">To the content</a>\n<header class="head">\n<div class="head-row">\n<a class="brand" href="/"><img src="'
    yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), 'icon.svg')))
    yield '" alt="" width="28" height="28">miner-agent</a>\n<nav aria-label="Pages" class="pages">\n'
    for l_1_each in (undefined(name='pages') if l_0_pages is missing else l_0_pages):
        l_1_page = resolve('page')
        _loop_vars = {}
        pass
        yield '<a href="'
        yield escape(environment.finalize(environment.getattr(l_1_each, 'path')))
        yield '"'
        if (environment.getattr(l_1_each, 'path') == environment.getattr((undefined(name='page') if l_1_page is missing else l_1_page), 'path')):
            pass
            yield ' aria-current="page"'
        yield '>'
        yield escape(environment.finalize(environment.getattr(l_1_each, 'title')))
        yield '</a>\n'
    l_1_each = l_1_page = missing
    yield '</nav>\n<p class="asof" id="asof" data-live>'
    if (undefined(name='at') if l_0_at is missing else l_0_at):
        pass
        yield 'as of <time datetime="'
        yield escape(environment.finalize(context.call(environment.getattr(environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at'), 'isoformat'))))
        yield '" data-taken="'
        yield escape(environment.finalize(context.call((undefined(name='clock') if l_0_clock is missing else l_0_clock), environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone))))
        yield '">'
        yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_0_day_and_clock is missing else l_0_day_and_clock), environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone))))
        yield '</time> '
        yield escape(environment.finalize((undefined(name='zone_name') if l_0_zone_name is missing else l_0_zone_name)))
    yield '</p>\n</div>\n</header>\n<p class="banner" id="banner" role="status" hidden></p>\n<main id="main">\n'
    yield from context.blocks['main'][0](context)
    yield '</main>\n<footer class="foot">\n<a href="/metrics">Metrics</a>\n<a href="/api/v1/snapshot">JSON</a>\n<a href="/-/ready">Readiness</a>\n<a href="/-/verdict">Verdict</a>\n<a href="/-/days">Days</a>\n<a href="/rigs">Rigs as JSON</a>\n<span>miner-agent '
    yield escape(environment.finalize((undefined(name='version') if l_0_version is missing else l_0_version)))
    yield '</span>\n</footer>\n</body>\n</html>'

def block_title(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_page = resolve('page')
    pass
    yield escape(environment.finalize(environment.getattr((undefined(name='page') if l_0_page is missing else l_0_page), 'title')))

def block_more_head(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    pass

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    pass

blocks = {'title': block_title, 'more_head': block_more_head, 'main': block_main}
debug_info = '7=21&8=23&9=25&10=29&12=33&13=35&15=37&19=43&21=45&22=50&25=60&30=71&39=73&7=76&13=87&30=96'

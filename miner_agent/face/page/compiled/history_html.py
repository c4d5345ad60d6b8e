from miner_agent.face.page.page_runtime import LoopContext, Undefined, environment, escape, missing  # by tools/templates.py
name = 'history.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    l_0_chart = l_0_changed = l_0_empty = missing
    pass
    parent_template = environment.get_template('base.html', 'history.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    included_template = environment.get_template('charts.html', 'history.html').make_module(context.get_all(), True, {'changed': l_0_changed, 'chart': l_0_chart, 'empty': l_0_empty})
    l_0_chart = getattr(included_template, 'chart', missing)
    if l_0_chart is missing:
        l_0_chart = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'history.html') does not export the requested name 'chart'", name='chart')
    l_0_changed = getattr(included_template, 'changed', missing)
    if l_0_changed is missing:
        l_0_changed = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'history.html') does not export the requested name 'changed'", name='changed')
    context.vars.update({'chart': l_0_chart, 'changed': l_0_changed})
    context.exported_vars.difference_update(('chart', 'changed'))
    included_template = environment.get_template('figures.html', 'history.html').make_module(context.get_all(), True, {'changed': l_0_changed, 'chart': l_0_chart, 'empty': l_0_empty})
    l_0_empty = getattr(included_template, 'empty', missing)
    if l_0_empty is missing:
        l_0_empty = undefined(f"the template {included_template.__name__!r} (imported on line 3 in 'history.html') does not export the requested name 'empty'", name='empty')
    context.vars['empty'] = l_0_empty
    context.exported_vars.discard('empty')
    yield from parent_template.root_render_func(context)

def block_more_head(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_static = resolve('static')
    pass
    yield '<link rel="stylesheet" href="'
    yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), 'vendor/uplot-1.6.32.min.css', _block_vars=_block_vars)))
    yield '">\n<script src="'
    yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), 'vendor/uplot-1.6.32.min.js', _block_vars=_block_vars)))
    yield '" defer></script>\n<script src="'
    yield escape(environment.finalize(context.call((undefined(name='static') if l_0_static is missing else l_0_static), 'chart.js', _block_vars=_block_vars)))
    yield '" defer></script>\n'

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_spans = resolve('spans')
    l_0_chart = resolve('chart')
    l_0_span = resolve('span')
    l_0_names = resolve('names')
    l_0_baselines = resolve('baselines')
    l_0_changed = resolve('changed')
    l_0_zone_name = resolve('zone_name')
    l_0_rows = resolve('rows')
    l_0_empty = resolve('empty')
    pass
    yield '<div class="page-head">\n<h1>History</h1>\n<p>What the log tells. A line breaks where nothing was measured.</p>\n</div>\n<nav class="spans" aria-label="How long">\n'
    for l_1_each in (undefined(name='spans') if l_0_spans is missing else l_0_spans):
        _loop_vars = {}
        pass
        yield '<a href="/history?span='
        yield escape(environment.finalize(environment.getattr(l_1_each, 'word')))
        yield '"'
        if (environment.getattr(l_1_each, 'word') == environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'word')):
            pass
            yield ' aria-current="true"'
        yield '>'
        yield escape(environment.finalize(environment.getattr(l_1_each, 'title')))
        yield '</a>\n'
    l_1_each = missing
    yield '</nav>\n'
    yield escape(environment.finalize(context.call((undefined(name='chart') if l_0_chart is missing else l_0_chart), 'hashrate', 'Hashrate of what it should be', '100 %: its own baseline; dashed: something changed', 'hashes_per_second', environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'word'), (undefined(name='names') if l_0_names is missing else l_0_names), (undefined(name='baselines') if l_0_baselines is missing else l_0_baselines), changes=context.call((undefined(name='changed') if l_0_changed is missing else l_0_changed), _block_vars=_block_vars), _block_vars=_block_vars)))
    yield escape(environment.finalize(context.call((undefined(name='chart') if l_0_chart is missing else l_0_chart), 'power', 'Power', 'each card, and what meters measure', 'power_watts', environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'word'), (undefined(name='names') if l_0_names is missing else l_0_names), _block_vars=_block_vars)))
    yield '\n'
    yield escape(environment.finalize(context.call((undefined(name='chart') if l_0_chart is missing else l_0_chart), 'temperature', 'Temperature', 'each core', 'core_temperature_celsius', environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'word'), (undefined(name='names') if l_0_names is missing else l_0_names), _block_vars=_block_vars)))
    yield '\n<section class="card" id="periods" aria-labelledby="periods-title" data-live>\n<div class="card-head"><h2 id="periods-title">The same in figures</h2><p class="small quiet">by '
    yield escape(environment.finalize(environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'by')))
    yield ', '
    yield escape(environment.finalize((undefined(name='zone_name') if l_0_zone_name is missing else l_0_zone_name)))
    yield ', the newest first</p></div>\n'
    if (undefined(name='rows') if l_0_rows is missing else l_0_rows):
        pass
        yield '<div class="scrolls" tabindex="0" role="region" aria-labelledby="periods-title">\n<table>\n<thead><tr><th scope="col">From</th><th scope="col" class="number">Energy</th><th scope="col">Work</th><th scope="col" class="number">Hashrate</th><th scope="col" class="number">Accepted</th><th scope="col" class="number">Not accepted</th><th scope="col" class="number">Hottest core</th><th scope="col" class="number">Watched</th></tr></thead>\n<tbody>\n'
        l_1_loop = missing
        for l_1_row, l_1_loop in LoopContext((undefined(name='rows') if l_0_rows is missing else l_0_rows), undefined):
            l_1_day_and_clock = resolve('day_and_clock')
            l_1_zone = resolve('zone')
            l_1_quantity = resolve('quantity')
            l_1_percent = resolve('percent')
            _loop_vars = {}
            pass
            yield '<tr>\n<th scope="row">'
            yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_1_day_and_clock is missing else l_1_day_and_clock), environment.getattr(l_1_row, 'start'), (undefined(name='zone') if l_1_zone is missing else l_1_zone), _loop_vars=_loop_vars)[:(10 if (environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'by') in ('day', 'month')) else 16)]))
            yield '</th>\n<td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='quantity') if l_1_quantity is missing else l_1_quantity), environment.getattr(l_1_row, 'energy_kilowatt_hours'), 'kWh', _loop_vars=_loop_vars)))
            yield '</td>\n<td class="whole">'
            l_2_loop = missing
            for l_2_work, l_2_loop in LoopContext(environment.getattr(l_1_row, 'works'), undefined):
                _loop_vars = {}
                pass
                yield escape(environment.finalize(environment.getattr(l_2_work, 'miner')))
                yield ' · '
                yield escape(environment.finalize(environment.getattr(l_2_work, 'algorithm')))
                if (not environment.getattr(l_2_loop, 'last')):
                    pass
                    yield '<br>'
            l_2_loop = l_2_work = missing
            yield '</td>\n<td class="number">'
            l_2_loop = missing
            for l_2_work, l_2_loop in LoopContext(environment.getattr(l_1_row, 'works'), undefined):
                _loop_vars = {}
                pass
                yield escape(environment.finalize(context.call((undefined(name='quantity') if l_1_quantity is missing else l_1_quantity), environment.getattr(l_2_work, 'hashes_per_second_mean'), 'hashes_per_second', _loop_vars=_loop_vars)))
                if (not environment.getattr(l_2_loop, 'last')):
                    pass
                    yield '<br>'
            l_2_loop = l_2_work = missing
            yield '</td>\n<td class="number">'
            l_2_loop = missing
            for l_2_work, l_2_loop in LoopContext(environment.getattr(l_1_row, 'works'), undefined):
                _loop_vars = {}
                pass
                yield escape(environment.finalize(context.call((undefined(name='quantity') if l_1_quantity is missing else l_1_quantity), environment.getattr(l_2_work, 'accepted_shares'), 'count', _loop_vars=_loop_vars)))
                if (not environment.getattr(l_2_loop, 'last')):
                    pass
                    yield '<br>'
            l_2_loop = l_2_work = missing
            yield '</td>\n<td class="number">'
            l_2_loop = missing
            for l_2_work, l_2_loop in LoopContext(environment.getattr(l_1_row, 'works'), undefined):
                l_2_not_accepted = resolve('not_accepted')
                _loop_vars = {}
                pass
                yield escape(environment.finalize(context.call((undefined(name='quantity') if l_1_quantity is missing else l_1_quantity), context.call((undefined(name='not_accepted') if l_2_not_accepted is missing else l_2_not_accepted), l_2_work, _loop_vars=_loop_vars), 'count', _loop_vars=_loop_vars)))
                if (not environment.getattr(l_2_loop, 'last')):
                    pass
                    yield '<br>'
            l_2_loop = l_2_work = l_2_not_accepted = missing
            yield '</td>\n<td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='quantity') if l_1_quantity is missing else l_1_quantity), environment.getattr(l_1_row, 'hottest_celsius'), 'celsius', _loop_vars=_loop_vars)))
            yield '</td>\n<td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='percent') if l_1_percent is missing else l_1_percent), environment.getattr(l_1_row, 'seen_ratio'), _loop_vars=_loop_vars)))
            yield '</td>\n</tr>\n'
        l_1_loop = l_1_row = l_1_day_and_clock = l_1_zone = l_1_quantity = l_1_percent = missing
        yield '</tbody>\n</table>\n</div>\n<p class="small quiet">As a document: <a href="/api/v1/stats?from='
        yield escape(environment.finalize(environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'word')))
        yield '&amp;by='
        yield escape(environment.finalize(environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'by')))
        yield '">/api/v1/stats</a>; on the command line: <code>miner-agent log stats --by '
        yield escape(environment.finalize(environment.getattr((undefined(name='span') if l_0_span is missing else l_0_span), 'by')))
        yield '</code>.</p>\n'
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nothing was logged in this time.', 'The log begins with the first reading; what is older than [log] keeps is let go. Try a longer time above. It is of this rig alone: of machines that it reads for others, miner-agent log stats --rig NAME tells it.', _block_vars=_block_vars)))
        yield '\n'
    yield '</section>\n'

blocks = {'more_head': block_more_head, 'main': block_main}
debug_info = '1=13&2=16&3=25&4=33&5=43&6=45&7=47&9=50&15=68&16=72&19=82&20=83&21=85&23=87&24=91&29=95&31=103&32=105&33=108&34=120&35=130&36=140&37=150&38=152&44=156&46=164'

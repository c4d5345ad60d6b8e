from miner_agent.face.page.page_runtime import LoopContext, Undefined, environment, escape, missing  # by tools/templates.py
name = 'alerts.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    l_0_empty = missing
    pass
    parent_template = environment.get_template('base.html', 'alerts.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    included_template = environment.get_template('figures.html', 'alerts.html').make_module(context.get_all(), True, {'empty': l_0_empty})
    l_0_empty = getattr(included_template, 'empty', missing)
    if l_0_empty is missing:
        l_0_empty = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'alerts.html') does not export the requested name 'empty'", name='empty')
    context.vars['empty'] = l_0_empty
    context.exported_vars.discard('empty')
    yield from parent_template.root_render_func(context)

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_at = resolve('at')
    l_0_alerts_sentence = resolve('alerts_sentence')
    l_0_alerts = resolve('alerts')
    l_0_empty = resolve('empty')
    l_0_now = missing
    pass
    l_0_now = environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at')
    _block_vars['now'] = l_0_now
    yield '<div class="page-head" id="alerts-head" data-live>\n<h1>Alerts</h1>\n<p>'
    yield escape(environment.finalize((undefined(name='alerts_sentence') if l_0_alerts_sentence is missing else l_0_alerts_sentence)))
    yield '</p>\n</div>\n<section class="card" id="alerts" aria-label="Alerts, worst first" data-live>\n'
    if environment.getattr((undefined(name='alerts') if l_0_alerts is missing else l_0_alerts), 'rows'):
        pass
        yield '<ul class="alerts">\n'
        for l_1_one in environment.getattr((undefined(name='alerts') if l_0_alerts is missing else l_0_alerts), 'rows'):
            l_1_worded = resolve('worded')
            l_1_states = resolve('states')
            l_1_day_and_clock = resolve('day_and_clock')
            l_1_zone = resolve('zone')
            l_1_zone_name = resolve('zone_name')
            _loop_vars = {}
            pass
            yield '<li class="alert '
            yield escape(environment.finalize(environment.getattr(l_1_one, 'severity')))
            if environment.getattr(l_1_one, 'silenced'):
                pass
                yield ' silenced'
            yield '">\n<h2><span class="tag'
            if (environment.getattr(l_1_one, 'severity') in ('critical', 'warning')):
                pass
                yield ' bad'
            yield '">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'severity')))
            yield '</span> '
            yield escape(environment.finalize(environment.getattr(l_1_one, 'alert')))
            yield ' <span class="quiet">on '
            yield escape(environment.finalize(environment.getattr(l_1_one, 'rig')))
            yield '</span></h2>\n<p>'
            yield escape(environment.finalize(((environment.getattr(l_1_one, 'summary') or environment.getattr(l_1_one, 'reason')) or '')))
            yield '</p>\n'
            if environment.getattr(l_1_one, 'what_to_do'):
                pass
                yield '<p class="small">'
                yield escape(environment.finalize(context.call((undefined(name='worded') if l_1_worded is missing else l_1_worded), environment.getattr(l_1_one, 'what_to_do'), _loop_vars=_loop_vars)))
                yield '</p>'
            yield '<p class="from">'
            yield escape(environment.finalize(environment.getitem((undefined(name='states') if l_1_states is missing else l_1_states), environment.getattr(l_1_one, 'state'))))
            yield ', since '
            yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_1_day_and_clock is missing else l_1_day_and_clock), environment.getattr(l_1_one, 'since'), (undefined(name='zone') if l_1_zone is missing else l_1_zone), _loop_vars=_loop_vars)))
            yield ' '
            yield escape(environment.finalize((undefined(name='zone_name') if l_1_zone_name is missing else l_1_zone_name)))
            if environment.getattr(l_1_one, 'told'):
                pass
                yield '; people were told'
            if environment.getattr(l_1_one, 'silenced'):
                pass
                yield '; silenced'
            yield ' · <code>miner-agent alerts explain '
            yield escape(environment.finalize(environment.getattr(l_1_one, 'alert')))
            yield '</code></p>\n</li>\n'
        l_1_one = l_1_worded = l_1_states = l_1_day_and_clock = l_1_zone = l_1_zone_name = missing
        yield '</ul>\n'
    elif (environment.getattr((undefined(name='alerts') if l_0_alerts is missing else l_0_alerts), 'owner') == 'local'):
        pass
        yield '<p>Nothing is to be told. Every rule and its runbook: <code>miner-agent alerts explain</code>.</p>\n'
    elif (environment.getattr((undefined(name='alerts') if l_0_alerts is missing else l_0_alerts), 'owner') == 'prometheus'):
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'This agent tells nobody itself.', 'Alerts stand in that Alertmanager. To let the agent look for them, put owner = local under [alerts] in the configuration.', _block_vars=_block_vars)))
        yield '\n'
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nobody is told when something breaks.', 'Put owner = local and a channel under [alerts] in the configuration; `miner-agent alerts test` sends one message that says it is a test.', _block_vars=_block_vars)))
        yield '\n'
    yield '</section>\n<section class="card" id="silences" aria-labelledby="silences-title" data-live>\n<div class="card-head"><h2 id="silences-title">What is kept quiet</h2></div>\n'
    if environment.getattr((undefined(name='alerts') if l_0_alerts is missing else l_0_alerts), 'silences'):
        pass
        yield '<div class="scrolls" tabindex="0" role="region" aria-labelledby="silences-title">\n<table>\n<thead><tr><th scope="col" class="number">No.</th><th scope="col">What</th><th scope="col">Until</th><th scope="col">Why</th><th scope="col">Who</th></tr></thead>\n<tbody>\n'
        l_1_loop = missing
        for l_1_one, l_1_loop in LoopContext(environment.getattr((undefined(name='alerts') if l_0_alerts is missing else l_0_alerts), 'silences'), undefined):
            l_1_day_and_clock = resolve('day_and_clock')
            l_1_zone = resolve('zone')
            _loop_vars = {}
            pass
            yield '<tr><th scope="row" class="number">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'id')))
            yield '</th><td>'
            l_2_loop = missing
            for (l_2_label, l_2_value), l_2_loop in LoopContext(context.call(environment.getattr((environment.getattr(l_1_one, 'matchers') or {}), 'items'), _loop_vars=_loop_vars), undefined):
                _loop_vars = {}
                pass
                yield escape(environment.finalize(l_2_label))
                yield '='
                yield escape(environment.finalize(l_2_value))
                if (not environment.getattr(l_2_loop, 'last')):
                    pass
                    yield ', '
            l_2_loop = l_2_label = l_2_value = missing
            yield '</td><td>'
            yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_1_day_and_clock is missing else l_1_day_and_clock), environment.getattr(l_1_one, 'until'), (undefined(name='zone') if l_1_zone is missing else l_1_zone), _loop_vars=_loop_vars)))
            yield '</td><td>'
            yield escape(environment.finalize(((environment.getattr(l_1_one, 'comment') or environment.getattr(l_1_one, 'reason')) or '')))
            yield '</td><td>'
            yield escape(environment.finalize((environment.getattr(l_1_one, 'author') or '')))
            yield '</td></tr>\n'
        l_1_loop = l_1_one = l_1_day_and_clock = l_1_zone = missing
        yield '</tbody>\n</table>\n</div>\n<p class="small quiet">To end one now: <code>miner-agent alerts unsilence</code> and its number.</p>\n'
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nothing is silenced.', 'Before work on a rig: `miner-agent alerts silence`, with what, for how long and why. This page changes nothing.', _block_vars=_block_vars)))
        yield '\n'
    yield '</section>\n'

blocks = {'main': block_main}
debug_info = '1=13&2=16&3=24&4=37&7=40&10=42&12=45&13=54&14=59&15=69&16=71&17=77&21=93&23=96&24=98&26=102&31=105&36=109&37=115&44=139'

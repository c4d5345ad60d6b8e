from miner_agent.face.page.page_runtime import Undefined, environment, escape, missing  # by tools/templates.py
name = 'fleet.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    l_0_cell = l_0_empty = missing
    pass
    parent_template = environment.get_template('base.html', 'fleet.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    included_template = environment.get_template('figures.html', 'fleet.html').make_module(context.get_all(), True, {'cell': l_0_cell, 'empty': l_0_empty})
    l_0_cell = getattr(included_template, 'cell', missing)
    if l_0_cell is missing:
        l_0_cell = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'fleet.html') does not export the requested name 'cell'", name='cell')
    l_0_empty = getattr(included_template, 'empty', missing)
    if l_0_empty is missing:
        l_0_empty = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'fleet.html') does not export the requested name 'empty'", name='empty')
    context.vars.update({'cell': l_0_cell, 'empty': l_0_empty})
    context.exported_vars.difference_update(('cell', 'empty'))
    yield from parent_template.root_render_func(context)

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_at = resolve('at')
    l_0_fleet_sentence = resolve('fleet_sentence')
    l_0_rigs = resolve('rigs')
    l_0_left_out = resolve('left_out')
    l_0_reads_others = resolve('reads_others')
    l_0_empty = resolve('empty')
    l_0_now = missing
    pass
    l_0_now = environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at')
    _block_vars['now'] = l_0_now
    yield '<div class="page-head" id="fleet-head" data-live>\n<h1>Rigs</h1>\n<p>'
    yield escape(environment.finalize((undefined(name='fleet_sentence') if l_0_fleet_sentence is missing else l_0_fleet_sentence)))
    yield '</p>\n</div>\n<section class="card" id="fleet" aria-label="Rigs, worst first" data-live>\n<div class="scrolls" tabindex="0" role="region" aria-label="Rigs, worst first">\n<table>\n<thead><tr><th scope="col">Rig</th><th scope="col">How it is</th><th scope="col" class="number">Hashrate</th><th scope="col" class="number">Power</th><th scope="col" class="number">Devices</th><th scope="col" class="number">Read</th></tr></thead>\n<tbody>\n'
    for l_1_one in (undefined(name='rigs') if l_0_rigs is missing else l_0_rigs):
        l_1_in_address = resolve('in_address')
        l_1_cell = resolve('cell')
        l_1_age = resolve('age')
        _loop_vars = {}
        pass
        yield '<tr'
        if environment.getattr(l_1_one, 'stale'):
            pass
            yield ' class="stale"'
        yield '>\n<th scope="row">'
        if environment.getattr(l_1_one, 'own'):
            pass
            yield '<a href="/">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'rig')))
            yield '</a>'
        elif environment.getattr(l_1_one, 'snapshot'):
            pass
            yield '<a href="/?rig='
            yield escape(environment.finalize(context.call((undefined(name='in_address') if l_1_in_address is missing else l_1_in_address), environment.getattr(l_1_one, 'rig'), _loop_vars=_loop_vars)))
            yield '">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'rig')))
            yield '</a>'
        else:
            pass
            yield escape(environment.finalize(environment.getattr(l_1_one, 'rig')))
        if environment.getattr(l_1_one, 'own'):
            pass
            yield '<span class="from">the agent runs on it</span>'
        yield '</th>\n<td>'
        if (environment.getattr(environment.getattr(l_1_one, 'verdict'), 'verdict') == 'well'):
            pass
            yield '<span class="tag good">well</span>'
        elif (environment.getattr(environment.getattr(l_1_one, 'verdict'), 'verdict') == 'ill'):
            pass
            yield '<span class="tag bad">ill</span>'
        else:
            pass
            yield '<span class="tag">? unknown</span>'
        if environment.getattr(environment.getattr(l_1_one, 'verdict'), 'symptoms'):
            pass
            yield '<span class="from">'
            yield escape(environment.finalize(environment.getattr(environment.getitem(environment.getattr(environment.getattr(l_1_one, 'verdict'), 'symptoms'), 0), 'subject')))
            yield ': '
            yield escape(environment.finalize(environment.getattr(environment.getitem(environment.getattr(environment.getattr(l_1_one, 'verdict'), 'symptoms'), 0), 'said')))
            if (environment.getattr(environment.getattr(l_1_one, 'verdict'), 'symptoms_total') > 1):
                pass
                yield ', and '
                yield escape(environment.finalize((environment.getattr(environment.getattr(l_1_one, 'verdict'), 'symptoms_total') - 1)))
                yield ' more'
            yield '</span>'
        elif environment.getattr(l_1_one, 'reason'):
            pass
            yield '<span class="from">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'reason')))
            if environment.getattr(l_1_one, 'dead'):
                pass
                yield '; it has not answered for a while, and is asked ever less often'
            yield '</span>'
        yield '</td>\n<td class="number">'
        t_1 = 1
        for (l_2_algorithm, l_2_made) in context.call(environment.getattr(environment.getattr(l_1_one, 'hashes_per_second'), 'items'), _loop_vars=_loop_vars):
            l_2_told = resolve('told')
            _loop_vars = {}
            pass
            if (environment.getattr(l_2_made, 'value') == None):
                pass
                yield '<span class="quiet">–</span>'
            else:
                pass
                yield escape(environment.finalize(context.call((undefined(name='told') if l_2_told is missing else l_2_told), l_2_made, _loop_vars=_loop_vars)))
            yield '<span class="from">'
            yield escape(environment.finalize(l_2_algorithm))
            yield '</span>'
            t_1 = 0
        l_2_algorithm = l_2_made = l_2_told = missing
        if t_1:
            pass
            yield '<span class="quiet">–</span>'
        yield '</td>\n'
        yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'power_watts'), _loop_vars=_loop_vars)))
        yield '\n<td class="number">'
        yield escape(environment.finalize((environment.getattr(l_1_one, 'devices') if (environment.getattr(l_1_one, 'devices') != None) else '–')))
        yield '</td>\n<td class="number">'
        if environment.getattr(l_1_one, 'taken_at'):
            pass
            yield escape(environment.finalize(context.call((undefined(name='age') if l_1_age is missing else l_1_age), environment.getattr(l_1_one, 'taken_at'), (undefined(name='now') if l_0_now is missing else l_0_now), _loop_vars=_loop_vars)))
        else:
            pass
            yield '<span class="quiet">not yet</span>'
        yield '</td>\n</tr>\n'
    l_1_one = l_1_in_address = l_1_cell = l_1_age = missing
    yield '</tbody>\n</table>\n</div>\n'
    if (undefined(name='left_out') if l_0_left_out is missing else l_0_left_out):
        pass
        yield '<p class="small quiet">and '
        yield escape(environment.finalize((undefined(name='left_out') if l_0_left_out is missing else l_0_left_out)))
        yield ' more: <code>miner-agent once --rigs</code> and <a href="/api/v1/rigs">the document</a> have all.</p>'
    if (not (undefined(name='reads_others') if l_0_reads_others is missing else l_0_reads_others)):
        pass
        yield '<div class="gap">'
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'This agent reads no other rig.', 'A miner of another machine gets the key `rig` under [[miners]]; rigs with an agent of their own are added up by a Prometheus, see docs/fleet.md.', _block_vars=_block_vars)))
        yield '</div>\n'
    yield '</section>\n'

blocks = {'main': block_main}
debug_info = '1=13&2=16&3=27&4=42&7=45&14=47&15=54&16=58&17=77&18=86&19=108&20=127&21=129&22=131&28=140&29=145&30=148'

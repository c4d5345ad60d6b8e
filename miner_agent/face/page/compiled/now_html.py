from miner_agent.face.page.page_runtime import LoopContext, Undefined, environment, escape, markup_join, missing  # by tools/templates.py
name = 'now.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    l_0_amount = l_0_cell = l_0_drawing = l_0_empty = l_0_money_tile = l_0_tile = l_0_chart = l_0_changed = missing
    pass
    parent_template = environment.get_template('base.html', 'now.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    included_template = environment.get_template('figures.html', 'now.html').make_module(context.get_all(), True, {'amount': l_0_amount, 'cell': l_0_cell, 'changed': l_0_changed, 'chart': l_0_chart, 'drawing': l_0_drawing, 'empty': l_0_empty, 'money_tile': l_0_money_tile, 'tile': l_0_tile})
    l_0_amount = getattr(included_template, 'amount', missing)
    if l_0_amount is missing:
        l_0_amount = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'now.html') does not export the requested name 'amount'", name='amount')
    l_0_cell = getattr(included_template, 'cell', missing)
    if l_0_cell is missing:
        l_0_cell = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'now.html') does not export the requested name 'cell'", name='cell')
    l_0_drawing = getattr(included_template, 'drawing', missing)
    if l_0_drawing is missing:
        l_0_drawing = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'now.html') does not export the requested name 'drawing'", name='drawing')
    l_0_empty = getattr(included_template, 'empty', missing)
    if l_0_empty is missing:
        l_0_empty = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'now.html') does not export the requested name 'empty'", name='empty')
    l_0_money_tile = getattr(included_template, 'money_tile', missing)
    if l_0_money_tile is missing:
        l_0_money_tile = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'now.html') does not export the requested name 'money_tile'", name='money_tile')
    l_0_tile = getattr(included_template, 'tile', missing)
    if l_0_tile is missing:
        l_0_tile = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'now.html') does not export the requested name 'tile'", name='tile')
    context.vars.update({'amount': l_0_amount, 'cell': l_0_cell, 'drawing': l_0_drawing, 'empty': l_0_empty, 'money_tile': l_0_money_tile, 'tile': l_0_tile})
    context.exported_vars.difference_update(('amount', 'cell', 'drawing', 'empty', 'money_tile', 'tile'))
    included_template = environment.get_template('charts.html', 'now.html').make_module(context.get_all(), True, {'amount': l_0_amount, 'cell': l_0_cell, 'changed': l_0_changed, 'chart': l_0_chart, 'drawing': l_0_drawing, 'empty': l_0_empty, 'money_tile': l_0_money_tile, 'tile': l_0_tile})
    l_0_chart = getattr(included_template, 'chart', missing)
    if l_0_chart is missing:
        l_0_chart = undefined(f"the template {included_template.__name__!r} (imported on line 3 in 'now.html') does not export the requested name 'chart'", name='chart')
    l_0_changed = getattr(included_template, 'changed', missing)
    if l_0_changed is missing:
        l_0_changed = undefined(f"the template {included_template.__name__!r} (imported on line 3 in 'now.html') does not export the requested name 'changed'", name='changed')
    context.vars.update({'chart': l_0_chart, 'changed': l_0_changed})
    context.exported_vars.difference_update(('chart', 'changed'))
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

def block_title(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_word = resolve('word')
    l_0_snapshot = resolve('snapshot')
    pass
    yield escape(environment.finalize(environment.getitem({'well': '✓ Well', 'ill': '▲ Ill', 'unknown': '? Unknown'}, (undefined(name='word') if l_0_word is missing else l_0_word))))
    yield ': '
    yield escape(environment.finalize(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'rig')))

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_at = resolve('at')
    l_0_word = resolve('word')
    l_0_snapshot = resolve('snapshot')
    l_0_is_own = resolve('is_own')
    l_0_clock = resolve('clock')
    l_0_zone = resolve('zone')
    l_0_verdict_sentence = resolve('verdict_sentence')
    l_0_others = resolve('others')
    l_0_counted = resolve('counted')
    l_0_planned = resolve('planned')
    l_0_more_symptoms = resolve('more_symptoms')
    l_0_oldest_share = resolve('oldest_share')
    l_0_tile = resolve('tile')
    l_0_told = resolve('told')
    l_0_mining = resolve('mining')
    l_0_earning = resolve('earning')
    l_0_money_tile = resolve('money_tile')
    l_0_range_note = resolve('range_note')
    l_0_power_note = resolve('power_note')
    l_0_headroom = resolve('headroom')
    l_0_sensors = resolve('sensors')
    l_0_empty = resolve('empty')
    l_0_chart = resolve('chart')
    l_0_baselines = resolve('baselines')
    l_0_changed = resolve('changed')
    l_0_funnel = resolve('funnel')
    l_0_amount = resolve('amount')
    l_0_paid = resolve('paid')
    l_0_strip = resolve('strip')
    l_0_drawing = resolve('drawing')
    l_0_money = resolve('money')
    l_0_by_whom = resolve('by_whom')
    l_0_stop_reason = resolve('stop_reason')
    l_0_mean_price = resolve('mean_price')
    l_0_worded = resolve('worded')
    l_0_is_loss = resolve('is_loss')
    l_0_signed_money = resolve('signed_money')
    l_0_winner_sentence = resolve('winner_sentence')
    l_0_money_hint = resolve('money_hint')
    l_0_sources = resolve('sources')
    l_0_now = missing
    pass
    l_0_now = environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at')
    _block_vars['now'] = l_0_now
    yield '<section class="card verdict '
    yield escape(environment.finalize((undefined(name='word') if l_0_word is missing else l_0_word)))
    if environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'stale'):
        pass
        yield ' stale'
    yield '" id="verdict" aria-labelledby="rig" data-live>\n<svg class="sign" viewBox="0 0 40 40" aria-hidden="true"><circle class="disc" cx="20" cy="20" r="19"/>'
    if ((undefined(name='word') if l_0_word is missing else l_0_word) == 'well'):
        pass
        yield '<path class="mark" d="M11 21l6.5 6.5L29.5 14"/>'
    elif ((undefined(name='word') if l_0_word is missing else l_0_word) == 'ill'):
        pass
        yield '<path class="mark" d="M20 9.5v13"/><circle class="dot" cx="20" cy="29" r="2.2"/>'
    else:
        pass
        yield '<path class="mark" d="M14.5 15.5c0-7 11-7 11 0 0 4.5-5.5 4-5.5 8.5"/><circle class="dot" cx="20" cy="30" r="2.2"/>'
    yield '</svg>\n<div>\n'
    if (not (undefined(name='is_own') if l_0_is_own is missing else l_0_is_own)):
        pass
        yield '<p class="small"><a href="/fleet">← All rigs</a></p>'
    if environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'stale'):
        pass
        yield '<h1 id="rig">'
        yield escape(environment.finalize(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'rig')))
        yield ' '
        yield escape(environment.finalize(environment.getitem({'well': 'was well', 'ill': 'was ill', 'unknown': 'could not be judged'}, environment.getattr(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'verdict'), 'verdict'))))
        yield ' at '
        yield escape(environment.finalize(context.call((undefined(name='clock') if l_0_clock is missing else l_0_clock), environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _block_vars=_block_vars)))
        yield '</h1>\n'
    else:
        pass
        yield '<h1 id="rig">'
        yield escape(environment.finalize(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'rig')))
        yield ' '
        yield escape(environment.finalize(environment.getitem({'well': 'is well', 'ill': 'is ill', 'unknown': 'cannot be judged'}, (undefined(name='word') if l_0_word is missing else l_0_word))))
        yield '</h1>\n'
    yield '<p>'
    yield escape(environment.finalize((undefined(name='verdict_sentence') if l_0_verdict_sentence is missing else l_0_verdict_sentence)))
    yield '</p>\n'
    if (undefined(name='others') if l_0_others is missing else l_0_others):
        pass
        yield '<p>It reads '
        yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), (undefined(name='others') if l_0_others is missing else l_0_others), 'rig', _block_vars=_block_vars)))
        yield ' for others: <a href="/fleet">how they are</a>.</p>'
    if environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'stale'):
        pass
        yield '<p role="status"><strong>Not the present:</strong> '
        yield escape(environment.finalize(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'reason')))
        yield '.</p>\n'
    for l_1_each in (undefined(name='planned') if l_0_planned is missing else l_0_planned):
        _loop_vars = {}
        pass
        yield '<p>'
        yield escape(environment.finalize(l_1_each))
        yield '</p>\n'
    l_1_each = missing
    if environment.getattr(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'verdict'), 'symptoms'):
        pass
        yield '<ul class="ailments">\n'
        for l_1_symptom in environment.getattr(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'verdict'), 'symptoms'):
            _loop_vars = {}
            pass
            yield '<li><strong>'
            yield escape(environment.finalize(environment.getattr(l_1_symptom, 'subject')))
            if environment.getattr(l_1_symptom, 'part'):
                pass
                yield ' ('
                yield escape(environment.finalize(environment.getattr(l_1_symptom, 'part')))
                yield ')'
            yield ':</strong> '
            yield escape(environment.finalize(environment.getattr(l_1_symptom, 'said')))
            yield '</li>\n'
        l_1_symptom = missing
        yield '</ul>\n'
        if (undefined(name='more_symptoms') if l_0_more_symptoms is missing else l_0_more_symptoms):
            pass
            yield '<p class="small">and '
            yield escape(environment.finalize((undefined(name='more_symptoms') if l_0_more_symptoms is missing else l_0_more_symptoms)))
            yield ' more: <code>miner-agent status</code> names all</p>\n'
    yield '</div>\n</section>\n\n<dl class="figures" id="figures" data-live>\n'
    if (undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share):
        pass
        yield escape(environment.finalize(context.call((undefined(name='tile') if l_0_tile is missing else l_0_tile), 'Last accepted share', environment.getattr((undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share), 'last_accepted_age_seconds'), (undefined(name='now') if l_0_now is missing else l_0_now), markup_join((('' if environment.getattr((undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share), 'last_accepted_at') else markup_join((environment.getattr((undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share), 'miner'), ' · ', ))), environment.getattr((undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share), 'algorithm'), (markup_join((', one in ', context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr((undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share), 'share_interval_seconds'), _block_vars=_block_vars), ' to be expected', )) if environment.getattr(environment.getattr((undefined(name='oldest_share') if l_0_oldest_share is missing else l_0_oldest_share), 'share_interval_seconds'), 'value') else ''), )), _block_vars=_block_vars)))
        yield '\n'
    if (undefined(name='mining') if l_0_mining is missing else l_0_mining):
        pass
        yield escape(environment.finalize(context.call((undefined(name='tile') if l_0_tile is missing else l_0_tile), 'Hashrate of expected', environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'of_expected_ratio'), (undefined(name='now') if l_0_now is missing else l_0_now), markup_join((environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'miner'), ': ', context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'hashes_per_second'), _block_vars=_block_vars), (markup_join((' of ', context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'expected_hashes_per_second'), _block_vars=_block_vars), )) if environment.getattr(environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'expected_hashes_per_second'), 'value') else ''), )), ('loss-text' if ((environment.getattr(environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'of_expected_ratio'), 'value') != None) and (environment.getattr(environment.getattr(environment.getitem((undefined(name='mining') if l_0_mining is missing else l_0_mining), 0), 'of_expected_ratio'), 'value') < 0.95)) else ''), _block_vars=_block_vars)))
        yield '\n'
    if (((undefined(name='is_own') if l_0_is_own is missing else l_0_is_own) and environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'sees_money')) and environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'computed_at')):
        pass
        yield escape(environment.finalize(context.call((undefined(name='money_tile') if l_0_money_tile is missing else l_0_money_tile), 'Net a day, after energy', environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_per_day'), (undefined(name='now') if l_0_now is missing else l_0_now), (undefined(name='range_note') if l_0_range_note is missing else l_0_range_note), _block_vars=_block_vars)))
        yield '\n'
    yield escape(environment.finalize(context.call((undefined(name='tile') if l_0_tile is missing else l_0_tile), ('Power at the wall' if (environment.getattr(environment.getattr(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'power'), 'power_watts'), 'source') == 'meter') else 'Power'), environment.getattr(environment.getattr((undefined(name='snapshot') if l_0_snapshot is missing else l_0_snapshot), 'power'), 'power_watts'), (undefined(name='now') if l_0_now is missing else l_0_now), (undefined(name='power_note') if l_0_power_note is missing else l_0_power_note), _block_vars=_block_vars)))
    yield '\n</dl>\n\n<section class="card" id="heat" aria-labelledby="heat-title" data-live>\n<div class="card-head">\n<h2 id="heat-title">Room to each sensor\'s own limit</h2>\n<p class="small quiet">what is ill first, then the least room</p>\n</div>\n'
    if (undefined(name='headroom') if l_0_headroom is missing else l_0_headroom):
        pass
        yield '<div class="scrolls" tabindex="0" role="region" aria-labelledby="heat-title">\n<table class="heat">\n<thead><tr><th scope="col">Device</th>\n'
        for l_1_sensor in (undefined(name='sensors') if l_0_sensors is missing else l_0_sensors):
            l_1_sensor_name = resolve('sensor_name')
            _loop_vars = {}
            pass
            yield '<th scope="col" class="cell">'
            yield escape(environment.finalize(context.call((undefined(name='sensor_name') if l_1_sensor_name is missing else l_1_sensor_name), l_1_sensor, _loop_vars=_loop_vars)))
            yield '</th>'
        l_1_sensor = l_1_sensor_name = missing
        yield '<th scope="col" class="number">Power</th><th scope="col" class="number">Hashrate</th><th scope="col" class="number">Fan</th></tr></thead>\n<tbody>\n'
        l_1_loop = missing
        for l_1_row, l_1_loop in LoopContext((undefined(name='headroom') if l_0_headroom is missing else l_0_headroom), undefined):
            l_1_devices = resolve('devices')
            l_1_age = resolve('age')
            l_1_cell = resolve('cell')
            l_1_device = missing
            _loop_vars = {}
            pass
            l_1_device = environment.getitem((undefined(name='devices') if l_1_devices is missing else l_1_devices), environment.getattr(l_1_row, 'device'))
            _loop_vars['device'] = l_1_device
            yield '<tr>\n<th scope="row">'
            yield escape(environment.finalize((environment.getattr(l_1_row, 'name') or environment.getattr(l_1_row, 'device'))))
            if environment.getattr(l_1_row, 'state'):
                pass
                yield ' <span class="tag bad">'
                yield escape(environment.finalize(context.call(environment.getattr(environment.getattr(l_1_row, 'state'), 'replace'), '_', ' ', _loop_vars=_loop_vars)))
                yield '</span>'
            yield '<span class="from">'
            yield escape(environment.finalize((environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'pci_address') or environment.getattr(l_1_row, 'device'))))
            yield ' · '
            yield escape(environment.finalize(context.call((undefined(name='age') if l_1_age is missing else l_1_age), environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'taken_at'), (undefined(name='now') if l_0_now is missing else l_0_now), _loop_vars=_loop_vars)))
            yield '</span></th>\n'
            for l_2_sensor in (undefined(name='sensors') if l_0_sensors is missing else l_0_sensors):
                _loop_vars = {}
                pass
                def t_1(fiter):
                    for l_3_one in fiter:
                        if (environment.getattr(l_3_one, 'sensor') == l_2_sensor):
                            yield l_3_one
                t_2 = 1
                for l_3_one in t_1(environment.getattr(l_1_row, 'sensors')):
                    l_3_room = resolve('room')
                    _loop_vars = {}
                    pass
                    yield '<td class="cell '
                    yield escape(environment.finalize(environment.getattr(l_3_one, 'step')))
                    if environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'stale'):
                        pass
                        yield ' stale'
                    yield '">'
                    yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_3_one, 'temperature_celsius'), _loop_vars=_loop_vars)))
                    yield '<span class="from">'
                    yield escape(environment.finalize(context.call((undefined(name='room') if l_3_room is missing else l_3_room), environment.getattr(l_3_one, 'headroom_celsius'), _loop_vars=_loop_vars)))
                    yield '</span></td>\n'
                    t_2 = 0
                l_3_one = l_3_room = missing
                if t_2:
                    pass
                    yield '<td class="cell unlimited quiet">–<span class="unseen"> not told</span></td>\n'
            l_2_sensor = missing
            yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'power_watts'), _loop_vars=_loop_vars)))
            yield '\n<td class="number'
            if environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'stale'):
                pass
                yield ' stale'
            yield '">'
            l_2_loop = missing
            t_3 = 1
            for l_2_work, l_2_loop in LoopContext(environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'work'), undefined):
                _loop_vars = {}
                pass
                yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_2_work, 'hashes_per_second'), _loop_vars=_loop_vars)))
                if (not environment.getattr(l_2_loop, 'last')):
                    pass
                    yield '<br>'
                t_3 = 0
            l_2_loop = l_2_work = missing
            if t_3:
                pass
                yield '<span class="quiet">–</span>'
            yield '</td>\n'
            yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr((undefined(name='device') if l_1_device is missing else l_1_device), 'fan_ratio'), _loop_vars=_loop_vars)))
            yield '\n</tr>\n'
        l_1_loop = l_1_row = l_1_devices = l_1_device = l_1_age = l_1_cell = missing
        yield '</tbody>\n</table>\n</div>\n<p class="legend"><span><span class="patch room-3"></span>20 K or more below</span><span><span class="patch room-2"></span>10 K</span><span><span class="patch room-1"></span>3 K</span><span><span class="patch near"></span>near</span><span><span class="patch over-1"></span>over its limit</span><span><span class="patch over-2"></span>over the critical one</span></p>\n'
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'No card, processor or hashboard is read.', '`miner-agent doctor` says which drivers are there and what keeps them from answering.', _block_vars=_block_vars)))
        yield '\n'
    yield '</section>\n\n<section class="card" id="miners" aria-labelledby="miners-title" data-live>\n<div class="card-head">\n<h2 id="miners-title">What is mined</h2>\n<p class="small quiet">furthest below what it should make first</p>\n</div>\n'
    if (undefined(name='mining') if l_0_mining is missing else l_0_mining):
        pass
        yield '<div class="scrolls" tabindex="0" role="region" aria-labelledby="miners-title">\n<table>\n<thead><tr><th scope="col">Miner</th><th scope="col" class="number">Hashrate</th><th scope="col" class="number">Of expected</th><th scope="col" class="number">Proven by shares</th><th scope="col" class="number">Last share</th><th scope="col" class="number">Efficiency</th><th scope="col">Pool</th></tr></thead>\n<tbody>\n'
        for l_1_one in (undefined(name='mining') if l_0_mining is missing else l_0_mining):
            l_1_age = resolve('age')
            l_1_cell = resolve('cell')
            _loop_vars = {}
            pass
            yield '<tr>\n<th scope="row">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'miner')))
            yield '<span class="from">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'algorithm')))
            if environment.getattr(l_1_one, 'coin'):
                pass
                yield ' · '
                yield escape(environment.finalize(environment.getattr(l_1_one, 'coin')))
            yield ' · '
            yield escape(environment.finalize(environment.getattr(l_1_one, 'software')))
            yield ' · '
            yield escape(environment.finalize(context.call((undefined(name='age') if l_1_age is missing else l_1_age), environment.getattr(environment.getattr(l_1_one, 'hashes_per_second'), 'taken_at'), (undefined(name='now') if l_0_now is missing else l_0_now), _loop_vars=_loop_vars)))
            yield '</span></th>\n'
            yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'hashes_per_second'), _loop_vars=_loop_vars)))
            yield '\n<td class="number'
            if environment.getattr(environment.getattr(l_1_one, 'of_expected_ratio'), 'stale'):
                pass
                yield ' stale'
            yield '">'
            if (environment.getattr(environment.getattr(l_1_one, 'of_expected_ratio'), 'value') == None):
                pass
                yield '<span class="quiet">–<span class="unseen"> '
                yield escape(environment.finalize(environment.getattr(environment.getattr(l_1_one, 'of_expected_ratio'), 'reason')))
                yield '</span></span>'
            else:
                pass
                yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_1_one, 'of_expected_ratio'), _loop_vars=_loop_vars)))
                yield '<span class="from">'
                yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_1_one, 'expected_hashes_per_second'), _loop_vars=_loop_vars)))
                yield ', '
                yield escape(environment.finalize(environment.getattr(environment.getattr(l_1_one, 'expected_hashes_per_second'), 'source')))
                yield '</span>'
            yield '</td>\n'
            yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'proven_ratio'), _loop_vars=_loop_vars)))
            yield '\n<td class="number'
            if environment.getattr(environment.getattr(l_1_one, 'last_accepted_age_seconds'), 'stale'):
                pass
                yield ' stale'
            yield '">'
            if (environment.getattr(environment.getattr(l_1_one, 'last_accepted_age_seconds'), 'value') == None):
                pass
                yield '<span class="quiet">none yet</span>'
            else:
                pass
                yield escape(environment.finalize(context.call((undefined(name='age') if l_1_age is missing else l_1_age), environment.getattr(l_1_one, 'last_accepted_at'), (undefined(name='now') if l_0_now is missing else l_0_now), _loop_vars=_loop_vars)))
            yield '</td>\n'
            yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'joules_per_hash'), _loop_vars=_loop_vars)))
            yield '\n<td>'
            yield escape(environment.finalize((environment.getattr(l_1_one, 'pool') or 'not told')))
            for l_2_what in environment.getattr(l_1_one, 'differs'):
                _loop_vars = {}
                pass
                yield ' <span class="tag bad">'
                yield escape(environment.finalize(context.call(environment.getattr({'account': 'another wallet'}, 'get'), l_2_what, markup_join(('another ', l_2_what, )), _loop_vars=_loop_vars)))
                yield '</span>'
            l_2_what = missing
            yield '</td>\n</tr>\n'
        l_1_one = l_1_age = l_1_cell = missing
        yield '</tbody>\n</table>\n</div>\n'
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'No miner answers.', 'Put its address under [[miners]] in the configuration; `miner-agent drivers` says how each switches its API on, `miner-agent doctor` what keeps one from answering.', _block_vars=_block_vars)))
        yield '\n'
    yield '</section>\n\n'
    if (undefined(name='is_own') if l_0_is_own is missing else l_0_is_own):
        pass
        yield escape(environment.finalize(context.call((undefined(name='chart') if l_0_chart is missing else l_0_chart), 'course', 'The last six hours', 'hashrate of what it should be; dashed: something changed', 'hashes_per_second', '6h', '{}', (undefined(name='baselines') if l_0_baselines is missing else l_0_baselines), changes=context.call((undefined(name='changed') if l_0_changed is missing else l_0_changed), _block_vars=_block_vars), _block_vars=_block_vars)))
        yield '\n<div class="two">\n<section class="card" id="funnel" aria-labelledby="funnel-title" data-live>\n<div class="card-head"><h2 id="funnel-title">Shares of the last hour</h2></div>\n'
        if (undefined(name='funnel') if l_0_funnel is missing else l_0_funnel):
            pass
            yield '<div class="scrolls" tabindex="0" role="region" aria-labelledby="funnel-title">\n<table>\n<thead><tr><th scope="col">Miner</th><th scope="col" class="number">Handed in</th><th scope="col" class="number">Accepted</th><th scope="col" class="number">Stale</th><th scope="col" class="number">Rejected</th><th scope="col" class="number">Invalid</th></tr></thead>\n<tbody>\n'
            for l_1_one in (undefined(name='funnel') if l_0_funnel is missing else l_0_funnel):
                l_1_cell = resolve('cell')
                l_1_percent = resolve('percent')
                _loop_vars = {}
                pass
                yield '<tr>\n<th scope="row">'
                yield escape(environment.finalize(environment.getattr(l_1_one, 'miner')))
                yield '<span class="from">'
                yield escape(environment.finalize(environment.getattr(l_1_one, 'algorithm')))
                if (environment.getattr(environment.getattr(l_1_one, 'window_seconds'), 'value') != None):
                    pass
                    yield ' · '
                    yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_1_one, 'window_seconds'), _loop_vars=_loop_vars)))
                yield '</span></th>\n'
                yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'submitted_shares'), _loop_vars=_loop_vars)))
                yield '\n<td class="number'
                if environment.getattr(environment.getattr(l_1_one, 'accepted_shares'), 'stale'):
                    pass
                    yield ' stale'
                yield '">'
                if (environment.getattr(environment.getattr(l_1_one, 'accepted_shares'), 'value') == None):
                    pass
                    yield '<span class="quiet" title="'
                    yield escape(environment.finalize(environment.getattr(environment.getattr(l_1_one, 'accepted_shares'), 'reason')))
                    yield '">–<span class="unseen"> '
                    yield escape(environment.finalize(environment.getattr(environment.getattr(l_1_one, 'accepted_shares'), 'reason')))
                    yield '</span></span>'
                else:
                    pass
                    yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_1_one, 'accepted_shares'), _loop_vars=_loop_vars)))
                    if (environment.getattr(environment.getattr(l_1_one, 'accepted_ratio'), 'value') != None):
                        pass
                        yield '<span class="from">'
                        yield escape(environment.finalize(context.call((undefined(name='percent') if l_1_percent is missing else l_1_percent), environment.getattr(environment.getattr(l_1_one, 'accepted_ratio'), 'value'), _loop_vars=_loop_vars)))
                        yield '</span>'
                yield '</td>\n'
                yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'stale_shares'), _loop_vars=_loop_vars)))
                yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'rejected_shares'), _loop_vars=_loop_vars)))
                yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_one, 'invalid_shares'), _loop_vars=_loop_vars)))
                yield '\n</tr>\n'
                if (environment.getattr(environment.getattr(l_1_one, 'accepted_ratio'), 'value') != None):
                    pass
                    yield '<tr class="bar-row"><td colspan="6"><svg class="share-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="'
                    yield escape(environment.finalize(context.call((undefined(name='percent') if l_1_percent is missing else l_1_percent), environment.getattr(environment.getattr(l_1_one, 'accepted_ratio'), 'value'), _loop_vars=_loop_vars)))
                    yield ' accepted"><rect class="refused" width="1000" height="10"/><rect class="accepted" width="'
                    yield escape(environment.finalize(('%.0f' % (1000 * environment.getattr(environment.getattr(l_1_one, 'accepted_ratio'), 'value')))))
                    yield '" height="10"/></svg></td></tr>\n'
            l_1_one = l_1_cell = l_1_percent = missing
            yield '</tbody>\n</table>\n</div>\n'
        else:
            pass
            yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'No miner counts shares yet.', 'As soon as one answers, what became of its shares stands here.', _block_vars=_block_vars)))
            yield '\n'
        yield '</section>\n\n'
        if (environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'sees_money') and (not environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'computed_at'))):
            pass
            yield '<section class="card" id="money" aria-labelledby="money-title" data-live>\n<div class="card-head"><h2 id="money-title">What it earns</h2></div>\n'
            yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nothing of money is known yet.', markup_join((environment.getattr(environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_per_day'), 'reason'), '. `miner-agent init` asks for both.', )), _block_vars=_block_vars)))
            yield '\n</section>\n'
        elif environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'sees_money'):
            pass
            yield '<section class="card" id="paid" aria-labelledby="paid-title" data-live>\n<div class="card-head"><h2 id="paid-title">Expected against paid</h2><p class="small quiet">since the agent started</p></div>\n<table class="pairs">\n<tbody>\n<tr><th scope="row">Should have earned</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='amount') if l_0_amount is missing else l_0_amount), environment.getattr((undefined(name='paid') if l_0_paid is missing else l_0_paid), 'expected'), (undefined(name='now') if l_0_now is missing else l_0_now), _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">Was paid</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='amount') if l_0_amount is missing else l_0_amount), environment.getattr((undefined(name='paid') if l_0_paid is missing else l_0_paid), 'paid'), (undefined(name='now') if l_0_now is missing else l_0_now), _block_vars=_block_vars)))
            yield '</td></tr>\n'
            if (environment.getattr(environment.getattr((undefined(name='paid') if l_0_paid is missing else l_0_paid), 'paid_ratio'), 'value') != None):
                pass
                yield '<tr><th scope="row">Paid of expected</th><td class="number">'
                yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr((undefined(name='paid') if l_0_paid is missing else l_0_paid), 'paid_ratio'), _block_vars=_block_vars)))
                yield '<span class="from">what a pool still holds is not in it</span></td></tr>\n'
            yield '</tbody>\n</table>\n</section>\n\n<section class="card" id="stop" aria-labelledby="stop-title" data-live>\n<div class="card-head"><h2 id="stop-title">The price at which to stop</h2></div>\n'
            if (undefined(name='strip') if l_0_strip is missing else l_0_strip):
                pass
                yield escape(environment.finalize(context.call((undefined(name='drawing') if l_0_drawing is missing else l_0_drawing), environment.getattr((undefined(name='strip') if l_0_strip is missing else l_0_strip), 'drawn'), _block_vars=_block_vars)))
                yield '\n<p>'
                yield escape(environment.finalize(environment.getattr((undefined(name='strip') if l_0_strip is missing else l_0_strip), 'sentence')))
                yield '</p>\n<p class="small quiet">A kilowatt-hour costs '
                yield escape(environment.finalize(context.call((undefined(name='money') if l_0_money is missing else l_0_money), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'energy_price_per_kilowatt_hour'), _block_vars=_block_vars)))
                yield ' now'
                if environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'price_until'):
                    pass
                    yield ', until '
                    yield escape(environment.finalize(context.call((undefined(name='clock') if l_0_clock is missing else l_0_clock), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'price_until'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _block_vars=_block_vars)))
                yield ': '
                yield escape(environment.finalize(context.call((undefined(name='by_whom') if l_0_by_whom is missing else l_0_by_whom), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'energy_price_per_kilowatt_hour'), (undefined(name='now') if l_0_now is missing else l_0_now), _block_vars=_block_vars)))
                yield '. The price at which to stop: '
                yield escape(environment.finalize(context.call((undefined(name='by_whom') if l_0_by_whom is missing else l_0_by_whom), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'break_even_price_per_kilowatt_hour'), (undefined(name='now') if l_0_now is missing else l_0_now), _block_vars=_block_vars)))
                yield '.</p>\n'
            else:
                pass
                yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nobody can say yet.', (undefined(name='stop_reason') if l_0_stop_reason is missing else l_0_stop_reason), _block_vars=_block_vars)))
                yield '\n'
            yield '</section>\n\n<section class="card" id="net" aria-labelledby="net-title" data-live>\n<div class="card-head"><h2 id="net-title">What a day leaves</h2><p class="small quiet">before taxes</p></div>\n<table class="pairs">\n<tbody>\n<tr><th scope="row">Coins bring</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='amount') if l_0_amount is missing else l_0_amount), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'revenue_per_day'), None, _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">Energy costs'
            if (undefined(name='mean_price') if l_0_mean_price is missing else l_0_mean_price):
                pass
                yield '<span class="from">at '
                yield escape(environment.finalize((undefined(name='mean_price') if l_0_mean_price is missing else l_0_mean_price)))
                yield ' a kilowatt-hour, the mean of the day</span>'
            yield '</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='amount') if l_0_amount is missing else l_0_amount), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'energy_cost_per_day'), None, _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">It leaves</th><td class="number">'
            if (environment.getattr(environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_per_day'), 'value') == None):
                pass
                yield '<span class="quiet">'
                yield escape(environment.finalize(context.call((undefined(name='worded') if l_0_worded is missing else l_0_worded), environment.getattr(environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_per_day'), 'reason'), _block_vars=_block_vars)))
                yield '</span>'
            else:
                pass
                yield '<strong class="'
                yield escape(environment.finalize(('loss-text' if context.call((undefined(name='is_loss') if l_0_is_loss is missing else l_0_is_loss), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_per_day'), _block_vars=_block_vars) else '')))
                yield '">'
                yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_per_day'), _block_vars=_block_vars)))
                yield '</strong>'
            yield '</td></tr>\n'
            if (environment.getattr(environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_p5_per_day'), 'value') != None):
                pass
                yield '<tr><th scope="row">Tomorrow, nine days in ten</th><td class="number">'
                yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_p5_per_day'), _block_vars=_block_vars)))
                yield ' to '
                yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr((undefined(name='earning') if l_0_earning is missing else l_0_earning), 'net_p95_per_day'), _block_vars=_block_vars)))
                yield '</td></tr>\n'
            yield '</tbody>\n</table>\n'
            if (undefined(name='winner_sentence') if l_0_winner_sentence is missing else l_0_winner_sentence):
                pass
                yield '<p>'
                yield escape(environment.finalize((undefined(name='winner_sentence') if l_0_winner_sentence is missing else l_0_winner_sentence)))
                yield '</p>'
            yield '</section>\n'
        else:
            pass
            yield '<section class="card" id="money" aria-labelledby="money-title" data-live>\n<div class="card-head"><h2 id="money-title">What it earns</h2></div>\n'
            yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Money is shown to its owner alone.', (undefined(name='money_hint') if l_0_money_hint is missing else l_0_money_hint), _block_vars=_block_vars)))
            yield '\n</section>\n'
        yield '</div>\n'
    yield '\n<section class="card" id="sources" aria-labelledby="sources-title" data-live>\n<div class="card-head"><h2 id="sources-title">Who says so</h2><p class="small quiet">those that fail first</p></div>\n'
    if (undefined(name='sources') if l_0_sources is missing else l_0_sources):
        pass
        yield '<div class="scrolls" tabindex="0" role="region" aria-labelledby="sources-title">\n<table>\n<thead><tr><th scope="col">Source</th><th scope="col">Kind</th><th scope="col">Answers</th><th scope="col" class="number">Asked</th><th scope="col" class="number">Took</th><th scope="col">What it says</th></tr></thead>\n<tbody>\n'
        for l_1_one in (undefined(name='sources') if l_0_sources is missing else l_0_sources):
            _loop_vars = {}
            pass
            yield '<tr'
            if environment.getattr(l_1_one, 'stale'):
                pass
                yield ' class="stale"'
            yield '><th scope="row">'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'source')))
            yield '</th><td>'
            yield escape(environment.finalize(environment.getattr(l_1_one, 'kind')))
            yield '</td><td>'
            if environment.getattr(l_1_one, 'up'):
                pass
                yield '<span class="tag good">yes</span>'
            else:
                pass
                yield '<span class="tag bad">no</span>'
            yield '</td><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='clock') if l_0_clock is missing else l_0_clock), environment.getattr(l_1_one, 'taken_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _loop_vars=_loop_vars)))
            yield '</td><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='told') if l_0_told is missing else l_0_told), environment.getattr(l_1_one, 'duration_seconds'), _loop_vars=_loop_vars)))
            yield '</td><td>'
            yield escape(environment.finalize((environment.getattr(l_1_one, 'said') or '')))
            yield '</td></tr>\n'
        l_1_one = missing
        yield '</tbody>\n</table>\n</div>\n'
    else:
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nothing is asked yet.', '`miner-agent scan` looks for miners; `miner-agent doctor` says what this machine has.', _block_vars=_block_vars)))
        yield '\n'
    yield '</section>\n'

blocks = {'more_head': block_more_head, 'title': block_title, 'main': block_main}
debug_info = '1=13&2=16&3=37&4=48&5=58&6=60&7=62&9=65&10=79&11=128&12=131&14=136&15=139&19=146&20=149&21=152&23=161&25=166&26=168&27=173&28=176&30=178&31=182&33=185&35=188&36=192&39=203&40=206&47=209&48=211&50=213&51=215&53=217&54=219&56=221&64=223&68=226&71=236&72=243&74=246&75=257&76=260&77=270&82=285&83=287&84=306&92=312&101=315&106=318&108=324&109=336&110=338&111=356&112=358&113=369&114=371&121=384&125=387&126=389&130=391&135=394&137=400&138=408&139=410&140=430&142=434&143=437&150=445&154=448&157=451&159=453&164=456&165=458&166=460&167=463&175=466&176=468&177=470&178=472&180=485&188=488&189=490&190=498&191=511&192=514&196=519&201=528&209=532&214=535&215=539&221=564'

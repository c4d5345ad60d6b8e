from miner_agent.face.page.page_runtime import LoopContext, Undefined, environment, escape, markup_join, missing  # by tools/templates.py
name = 'money.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    l_0_drawing = l_0_empty = missing
    pass
    parent_template = environment.get_template('base.html', 'money.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    included_template = environment.get_template('figures.html', 'money.html').make_module(context.get_all(), True, {'drawing': l_0_drawing, 'empty': l_0_empty})
    l_0_drawing = getattr(included_template, 'drawing', missing)
    if l_0_drawing is missing:
        l_0_drawing = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'money.html') does not export the requested name 'drawing'", name='drawing')
    l_0_empty = getattr(included_template, 'empty', missing)
    if l_0_empty is missing:
        l_0_empty = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'money.html') does not export the requested name 'empty'", name='empty')
    context.vars.update({'drawing': l_0_drawing, 'empty': l_0_empty})
    context.exported_vars.difference_update(('drawing', 'empty'))
    yield from parent_template.root_render_func(context)

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_hidden = resolve('hidden')
    l_0_empty = resolve('empty')
    l_0_money_hint = resolve('money_hint')
    l_0_ranking = resolve('ranking')
    l_0_drawing = resolve('drawing')
    l_0_several_parts = resolve('several_parts')
    l_0_ranked = resolve('ranked')
    l_0_more = resolve('more')
    l_0_why_not = resolve('why_not')
    l_0_coins = resolve('coins')
    l_0_fields = resolve('fields')
    l_0_refused = resolve('refused')
    l_0_answer = resolve('answer')
    l_0_compared = resolve('compared')
    l_0_day_and_clock = resolve('day_and_clock')
    l_0_zone = resolve('zone')
    l_0_zone_name = resolve('zone_name')
    l_0_priced_by = resolve('priced_by')
    l_0_command = resolve('command')
    l_0_weights = resolve('weights')
    l_0_swept = resolve('swept')
    l_0_hours = resolve('hours')
    l_0_worth_standing_still = resolve('worth_standing_still')
    l_0_signed_money = resolve('signed_money')
    l_0_always = resolve('always')
    l_0_planned = resolve('planned')
    pass
    yield '<div class="page-head">\n<h1>Money</h1>\n<p>What each coin would leave, what would change it, and in which hours it pays to run. Before taxes.</p>\n</div>\n'
    if (undefined(name='hidden') if l_0_hidden is missing else l_0_hidden):
        pass
        yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Money is shown to its owner alone.', (undefined(name='money_hint') if l_0_money_hint is missing else l_0_money_hint), _block_vars=_block_vars)))
        yield '\n'
    else:
        pass
        yield '\n<section class="card" id="ranking" aria-labelledby="ranking-title" data-live>\n<div class="card-head"><h2 id="ranking-title">What each coin would leave a day</h2>'
        if (undefined(name='ranking') if l_0_ranking is missing else l_0_ranking):
            pass
            yield '<p class="small quiet">the line: nine days in ten</p>'
        yield '</div>\n'
        if (undefined(name='ranking') if l_0_ranking is missing else l_0_ranking):
            pass
            yield escape(environment.finalize(context.call((undefined(name='drawing') if l_0_drawing is missing else l_0_drawing), (undefined(name='ranking') if l_0_ranking is missing else l_0_ranking), _block_vars=_block_vars)))
            yield '\n<details id="ranking-table"><summary>As a table</summary>\n<div class="scrolls" tabindex="0" role="region" aria-labelledby="ranking-title">\n<table>\n<thead><tr><th scope="col">Coin</th>'
            if (undefined(name='several_parts') if l_0_several_parts is missing else l_0_several_parts):
                pass
                yield '<th scope="col">On</th>'
            yield '<th scope="col">Algorithm</th><th scope="col" class="number">Brings</th><th scope="col" class="number">Leaves</th><th scope="col" class="number">Nine days in ten</th><th scope="col">Sure?</th></tr></thead>\n<tbody>\n'
            for l_1_one in (undefined(name='ranked') if l_0_ranked is missing else l_0_ranked):
                l_1_money = resolve('money')
                l_1_is_loss = resolve('is_loss')
                _loop_vars = {}
                pass
                yield '<tr>\n<th scope="row">'
                yield escape(environment.finalize(environment.getattr(l_1_one, 'coin')))
                if environment.getattr(l_1_one, 'selected'):
                    pass
                    yield ' <span class="tag good">mined</span>'
                yield '</th>\n'
                if (undefined(name='several_parts') if l_0_several_parts is missing else l_0_several_parts):
                    pass
                    yield '<td>'
                    yield escape(environment.finalize(environment.getattr(l_1_one, 'part')))
                    yield '</td>'
                yield '<td>'
                yield escape(environment.finalize(environment.getattr(l_1_one, 'algorithm')))
                yield '</td>\n<td class="number">'
                yield escape(environment.finalize(context.call((undefined(name='money') if l_1_money is missing else l_1_money), environment.getattr(l_1_one, 'revenue_per_day'), _loop_vars=_loop_vars)))
                yield '</td>\n<td class="number'
                if context.call((undefined(name='is_loss') if l_1_is_loss is missing else l_1_is_loss), environment.getattr(l_1_one, 'profit_per_day'), _loop_vars=_loop_vars):
                    pass
                    yield ' loss-text'
                yield '">'
                yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr(l_1_one, 'profit_per_day'), _loop_vars=_loop_vars)))
                yield '</td>\n<td class="number">'
                if (environment.getattr(environment.getattr(l_1_one, 'profit_p5_per_day'), 'value') == None):
                    pass
                    yield '<span class="quiet">'
                    yield escape(environment.finalize(environment.getattr(environment.getattr(l_1_one, 'profit_p5_per_day'), 'reason')))
                    yield '</span>'
                else:
                    pass
                    yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr(l_1_one, 'profit_p5_per_day'), _loop_vars=_loop_vars)))
                    yield ' to '
                    yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr(l_1_one, 'profit_p95_per_day'), _loop_vars=_loop_vars)))
                yield '</td>\n<td>'
                yield escape(environment.finalize((environment.getattr(l_1_one, 'confidence') or '')))
                if environment.getattr(l_1_one, 'confidence_reason'):
                    pass
                    yield '<span class="from">'
                    yield escape(environment.finalize(context.call(environment.getattr(environment.getattr(l_1_one, 'confidence_reason'), 'replace'), '_', ' ', _loop_vars=_loop_vars)))
                    yield '</span>'
                yield '</td>\n</tr>\n'
            l_1_one = l_1_money = l_1_is_loss = missing
            yield '</tbody>\n</table>\n</div>\n</details>\n'
            if (undefined(name='more') if l_0_more is missing else l_0_more):
                pass
                yield '<p class="small quiet">and '
                yield escape(environment.finalize((undefined(name='more') if l_0_more is missing else l_0_more)))
                yield ' more: <code>miner-agent profit</code> names all</p>'
        else:
            pass
            yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nothing can be ranked yet.', (markup_join(((undefined(name='why_not') if l_0_why_not is missing else l_0_why_not), '. [tariff] and a feed of prices under [[feeds]] are what it takes: `miner-agent init` asks for both.', )) if (undefined(name='why_not') if l_0_why_not is missing else l_0_why_not) else '`miner-agent profit` says what lacks.'), _block_vars=_block_vars)))
            yield '\n'
        yield '</section>\n\n<section class="card" id="what-if" aria-labelledby="what-if-title">\n<div class="card-head"><h2 id="what-if-title">What if</h2><p class="small quiet">the address holds what is asked: it can be kept and shared</p></div>\n<form action="/money#what-if" method="get" class="fields">\n'
        if (undefined(name='coins') if l_0_coins is missing else l_0_coins):
            pass
            yield '<label>Coin\n<select name="coin"><option value="">what leaves most</option>\n'
            for l_1_one in (undefined(name='coins') if l_0_coins is missing else l_0_coins):
                l_1_typed = resolve('typed')
                _loop_vars = {}
                pass
                yield '<option'
                if (context.call(environment.getattr((undefined(name='typed') if l_1_typed is missing else l_1_typed), 'get'), 'coin', _loop_vars=_loop_vars) == l_1_one):
                    pass
                    yield ' selected'
                yield '>'
                yield escape(environment.finalize(l_1_one))
                yield '</option>'
            l_1_one = l_1_typed = missing
            yield '</select></label>\n'
        for l_1_field in (undefined(name='fields') if l_0_fields is missing else l_0_fields):
            l_1_typed = resolve('typed')
            _loop_vars = {}
            pass
            yield '<label>'
            yield escape(environment.finalize(environment.getattr(l_1_field, 'title')))
            yield '\n<input name="'
            yield escape(environment.finalize(environment.getattr(l_1_field, 'key')))
            yield '" value="'
            yield escape(environment.finalize(context.call(environment.getattr((undefined(name='typed') if l_1_typed is missing else l_1_typed), 'get'), environment.getattr(l_1_field, 'key'), '', _loop_vars=_loop_vars)))
            yield '" placeholder="'
            yield escape(environment.finalize(environment.getattr(l_1_field, 'hint')))
            yield '" maxlength="40" autocomplete="off" spellcheck="false"></label>\n'
        l_1_field = l_1_typed = missing
        yield '<button type="submit">Compute</button>\n</form>\n'
        if (undefined(name='refused') if l_0_refused is missing else l_0_refused):
            pass
            yield '<p class="gap" role="alert"><span class="tag bad">cannot be computed</span> '
            yield escape(environment.finalize((undefined(name='refused') if l_0_refused is missing else l_0_refused)))
            yield '</p>\n'
        elif (undefined(name='answer') if l_0_answer is missing else l_0_answer):
            pass
            yield '<div class="scrolls gap" tabindex="0" role="region" aria-labelledby="what-if-title">\n<table class="pairs">\n<thead><tr><th scope="col">'
            yield escape(environment.finalize(context.call(environment.getattr('+', 'join'), environment.getattr(environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'then'), 'chains'), _block_vars=_block_vars)))
            if environment.getattr(environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'then'), 'devices'):
                pass
                yield '<span class="from">if '
                yield escape(environment.finalize(environment.getattr(environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'then'), 'devices')))
                yield ' mined nothing else</span>'
            yield '</th><th scope="col" class="number">Today</th>'
            if environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'set'):
                pass
                yield '<th scope="col" class="number">Then</th>'
            yield '</tr></thead>\n<tbody>\n'
            for l_1_row in (undefined(name='compared') if l_0_compared is missing else l_0_compared):
                l_1_money = resolve('money')
                _loop_vars = {}
                pass
                yield '<tr><th scope="row">'
                yield escape(environment.finalize(environment.getattr(l_1_row, 'title')))
                yield '<span class="from">'
                yield escape(environment.finalize(environment.getattr(l_1_row, 'unit')))
                yield '</span></th><td class="number">'
                yield escape(environment.finalize((context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr(l_1_row, 'today'), _loop_vars=_loop_vars) if environment.getattr(l_1_row, 'either_sign') else context.call((undefined(name='money') if l_1_money is missing else l_1_money), environment.getattr(l_1_row, 'today'), _loop_vars=_loop_vars))))
                yield '</td>'
                if environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'set'):
                    pass
                    yield '<td class="number"><strong>'
                    yield escape(environment.finalize((context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), environment.getattr(l_1_row, 'then'), _loop_vars=_loop_vars) if environment.getattr(l_1_row, 'either_sign') else context.call((undefined(name='money') if l_1_money is missing else l_1_money), environment.getattr(l_1_row, 'then'), _loop_vars=_loop_vars))))
                    yield '</strong></td>'
                yield '</tr>\n'
            l_1_row = l_1_money = missing
            yield '</tbody>\n</table>\n</div>\n<p class="small quiet">As of '
            yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_0_day_and_clock is missing else l_0_day_and_clock), environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'taken_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _block_vars=_block_vars)))
            yield ' '
            yield escape(environment.finalize((undefined(name='zone_name') if l_0_zone_name is missing else l_0_zone_name)))
            yield '; prices by '
            yield escape(environment.finalize(((undefined(name='priced_by') if l_0_priced_by is missing else l_0_priced_by) or 'nobody')))
            yield '. On the rig itself: <code>'
            yield escape(environment.finalize((undefined(name='command') if l_0_command is missing else l_0_command)))
            yield '</code>.</p>\n'
            for l_1_note in environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'notes')[:3]:
                _loop_vars = {}
                pass
                yield '<p class="small quiet">'
                yield escape(environment.finalize(l_1_note))
                yield '</p>'
            l_1_note = missing
        yield '</section>\n\n'
        if (undefined(name='answer') if l_0_answer is missing else l_0_answer):
            pass
            yield '<div class="two">\n'
            if (undefined(name='weights') if l_0_weights is missing else l_0_weights):
                pass
                yield '<section class="card" id="weights" aria-labelledby="weights-title">\n<div class="card-head"><h2 id="weights-title">What weighs most</h2><p class="small quiet">each input a tenth lower and higher</p></div>\n'
                yield escape(environment.finalize(context.call((undefined(name='drawing') if l_0_drawing is missing else l_0_drawing), (undefined(name='weights') if l_0_weights is missing else l_0_weights), _block_vars=_block_vars)))
                yield '\n</section>\n'
            if (undefined(name='swept') if l_0_swept is missing else l_0_swept):
                pass
                yield '<section class="card" id="map" aria-labelledby="map-title">\n<div class="card-head"><h2 id="map-title">Where it breaks even</h2><p class="small quiet">1 is today; the ring: you are here</p></div>\n'
                yield escape(environment.finalize(context.call((undefined(name='drawing') if l_0_drawing is missing else l_0_drawing), (undefined(name='swept') if l_0_swept is missing else l_0_swept), _block_vars=_block_vars)))
                yield '\n</section>\n'
            yield '</div>\n\n<section class="card" id="hours" aria-labelledby="hours-title">\n<div class="card-head"><h2 id="hours-title">The hours that pay</h2><p class="small quiet">'
            yield escape(environment.finalize((undefined(name='zone_name') if l_0_zone_name is missing else l_0_zone_name)))
            yield '</p></div>\n'
            if (undefined(name='hours') if l_0_hours is missing else l_0_hours):
                pass
                l_1_loop = missing
                for (l_1_part, l_1_strip), l_1_loop in LoopContext((undefined(name='hours') if l_0_hours is missing else l_0_hours), undefined):
                    _loop_vars = {}
                    pass
                    if (undefined(name='hours') if l_0_hours is missing else l_0_hours)[1:]:
                        pass
                        yield '<h3'
                        if (not environment.getattr(l_1_loop, 'first')):
                            pass
                            yield ' class="gap"'
                        yield '>'
                        yield escape(environment.finalize(l_1_part))
                        yield '</h3>'
                    yield escape(environment.finalize(context.call((undefined(name='drawing') if l_0_drawing is missing else l_0_drawing), l_1_strip, _loop_vars=_loop_vars)))
                    yield '\n'
                l_1_loop = l_1_part = l_1_strip = missing
                if (undefined(name='worth_standing_still') if l_0_worth_standing_still is missing else l_0_worth_standing_still):
                    pass
                    yield '<p>To run all the time leaves '
                    yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), (undefined(name='always') if l_0_always is missing else l_0_always), _block_vars=_block_vars)))
                    yield ' over the next day; to stand still where it does not pay, '
                    yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), (undefined(name='planned') if l_0_planned is missing else l_0_planned), _block_vars=_block_vars)))
                    yield '.</p>\n'
                else:
                    pass
                    yield '<p>It pays to run in every hour of the next day: '
                    yield escape(environment.finalize(context.call((undefined(name='signed_money') if l_0_signed_money is missing else l_0_signed_money), (undefined(name='always') if l_0_always is missing else l_0_always), _block_vars=_block_vars)))
                    yield '.</p>\n'
            else:
                pass
                yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Nobody can plan the hours.', (environment.getattr((undefined(name='answer') if l_0_answer is missing else l_0_answer), 'hours_reason') or 'The tariff tells no slots.'), _block_vars=_block_vars)))
                yield '\n'
            yield '</section>\n'

blocks = {'main': block_main}
debug_info = '1=13&2=16&3=27&8=62&9=64&13=69&14=73&15=75&19=77&21=81&23=87&24=92&25=98&26=100&27=102&28=108&29=119&36=128&38=135&45=138&48=141&51=154&52=159&53=161&57=169&58=172&59=174&62=177&64=188&65=193&70=207&71=215&75=223&77=226&80=229&83=231&86=234&92=237&93=239&94=242&95=245&96=254&98=257&99=260&101=267&104=271'

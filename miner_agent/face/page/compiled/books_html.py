from miner_agent.face.page.page_runtime import LoopContext, Undefined, environment, escape, missing  # by tools/templates.py
name = 'books.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    l_0_amount = l_0_cell = l_0_empty = missing
    pass
    parent_template = environment.get_template('base.html', 'books.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    included_template = environment.get_template('figures.html', 'books.html').make_module(context.get_all(), True, {'amount': l_0_amount, 'cell': l_0_cell, 'empty': l_0_empty})
    l_0_amount = getattr(included_template, 'amount', missing)
    if l_0_amount is missing:
        l_0_amount = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'books.html') does not export the requested name 'amount'", name='amount')
    l_0_cell = getattr(included_template, 'cell', missing)
    if l_0_cell is missing:
        l_0_cell = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'books.html') does not export the requested name 'cell'", name='cell')
    l_0_empty = getattr(included_template, 'empty', missing)
    if l_0_empty is missing:
        l_0_empty = undefined(f"the template {included_template.__name__!r} (imported on line 2 in 'books.html') does not export the requested name 'empty'", name='empty')
    context.vars.update({'amount': l_0_amount, 'cell': l_0_cell, 'empty': l_0_empty})
    context.exported_vars.difference_update(('amount', 'cell', 'empty'))
    yield from parent_template.root_render_func(context)

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_at = resolve('at')
    l_0_ledger = resolve('ledger')
    l_0_sees_money = resolve('sees_money')
    l_0_empty = resolve('empty')
    l_0_money_hint = resolve('money_hint')
    l_0_told_year = resolve('told_year')
    l_0_day_and_clock = resolve('day_and_clock')
    l_0_zone = resolve('zone')
    l_0_counted = resolve('counted')
    l_0_sum_of = resolve('sum_of')
    l_0_in_address = resolve('in_address')
    l_0_years = resolve('years')
    l_0_now = missing
    pass
    l_0_now = environment.getattr((undefined(name='at') if l_0_at is missing else l_0_at), 'taken_at')
    _block_vars['now'] = l_0_now
    yield '<div class="page-head">\n<h1>Books</h1>\n<p>What was mined, paid and spent, each fact once. A record, no advice.</p>\n</div>\n'
    if (environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value') == None):
        pass
        yield '<section class="card" id="books" aria-label="Books" data-live>\n'
        if (undefined(name='sees_money') if l_0_sees_money is missing else l_0_sees_money):
            pass
            yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'No books are known yet.', 'The agent looks for them once a minute, and begins with that a minute after its start. They begin with the first payout: name a pool under [[payouts]] in the configuration and run `miner-agent payouts sync`, or book one by hand with `miner-agent payouts add`.', _block_vars=_block_vars)))
            yield '\n'
        else:
            pass
            yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'Books are shown to their owner alone.', (undefined(name='money_hint') if l_0_money_hint is missing else l_0_money_hint), _block_vars=_block_vars)))
            yield '\n'
        yield '</section>\n'
    else:
        pass
        yield '<div id="books" class="stack" data-live>\n'
        if environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'last_error'):
            pass
            yield '<p class="card verdict ill"><span></span><span>The last posting failed: '
            yield escape(environment.finalize(environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'last_error')))
            yield '</span></p>'
        if (undefined(name='told_year') if l_0_told_year is missing else l_0_told_year):
            pass
            yield '<section class="card" id="year" aria-labelledby="year-title">\n<div class="card-head"><h2 id="year-title">'
            yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'book')))
            yield ', '
            yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'year')))
            yield '</h2><p class="small quiet">'
            yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'country')))
            yield ' · '
            yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'method')))
            yield ' · days of '
            yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'time_zone')))
            if environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'closed_at'):
                pass
                yield ' · closed '
                yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_0_day_and_clock is missing else l_0_day_and_clock), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'closed_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _block_vars=_block_vars)[:10]))
            yield '</p></div>\n<table class="pairs">\n<tbody>\n<tr><th scope="row">Mined income<span class="from">'
            yield escape(environment.finalize(context.call((undefined(name='counted') if l_0_counted is missing else l_0_counted), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'payouts'), 'payout', _block_vars=_block_vars)))
            yield '</span></th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'income'), _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">Other income</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'other_income'), _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">Gain of disposals'
            if (environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'gain_short') != None):
                pass
                yield '<span class="from">short '
                yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'gain_short'), _block_vars=_block_vars)))
                yield ', long '
                yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'gain_long'), _block_vars=_block_vars)))
                yield '</span>'
            yield '</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'gain'), _block_vars=_block_vars)))
            yield '</td></tr>\n'
            for (l_1_category, l_1_amount) in context.call(environment.getattr(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'expenses'), 'items'), _block_vars=_block_vars):
                _loop_vars = {}
                pass
                yield '<tr><th scope="row">Expenses: '
                yield escape(environment.finalize(context.call(environment.getattr(l_1_category, 'replace'), '_', ' ', _loop_vars=_loop_vars)))
                if (l_1_category == 'electricity'):
                    pass
                    yield '<span class="from">'
                    yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'energy_kilowatt_hours')))
                    yield ' kWh</span>'
                yield '</th><td class="number">'
                yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), l_1_amount, _loop_vars=_loop_vars)))
                yield '</td></tr>\n'
            l_1_category = l_1_amount = missing
            yield '<tr><th scope="row">Depreciation</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'depreciation'), _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">Gain of hardware</th><td class="number">'
            yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'hardware_gain'), _block_vars=_block_vars)))
            yield '</td></tr>\n<tr><th scope="row">What they leave</th><td class="number"><strong>'
            yield escape(environment.finalize(context.call((undefined(name='sum_of') if l_0_sum_of is missing else l_0_sum_of), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'net_profit'), _block_vars=_block_vars)))
            yield '</strong></td></tr>\n</tbody>\n</table>\n'
            if environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'changed_since_filed'):
                pass
                yield '<p><span class="tag bad">not as it was filed</span> '
                l_1_loop = missing
                for l_1_one, l_1_loop in LoopContext(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'changed_since_filed'), undefined):
                    _loop_vars = {}
                    pass
                    yield escape(environment.finalize(context.call(environment.getattr(environment.getattr(l_1_one, 'figure'), 'replace'), '_', ' ', _loop_vars=_loop_vars)))
                    yield ': '
                    yield escape(environment.finalize(environment.getattr(l_1_one, 'filed')))
                    yield ', now '
                    yield escape(environment.finalize(environment.getattr(l_1_one, 'corrected')))
                    if (not environment.getattr(l_1_loop, 'last')):
                        pass
                        yield '; '
                l_1_loop = l_1_one = missing
                yield '</p>\n'
            if (environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'unpriced') or environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'without_basis')):
                pass
                yield '<p>'
                yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'unpriced')))
                yield ' without a value and '
                yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'without_basis')))
                yield ' without a known cost count for nothing.</p>\n'
            for l_1_one in environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'open_items'):
                _loop_vars = {}
                pass
                yield '<p><span class="tag bad">open</span> '
                yield escape(environment.finalize(l_1_one))
                yield '</p>'
            l_1_one = missing
            for l_1_one in environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'notes'):
                _loop_vars = {}
                pass
                yield '<p class="small quiet">'
                yield escape(environment.finalize(l_1_one))
                yield '</p>'
            l_1_one = missing
            yield '<p class="small quiet">Each sum is rounded once ('
            yield escape(environment.finalize(context.call(environment.getattr(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'rounding'), 'replace'), '_', ' ', _block_vars=_block_vars)))
            yield '). As a document: <a href="/api/v1/books/'
            yield escape(environment.finalize(context.call((undefined(name='in_address') if l_0_in_address is missing else l_0_in_address), context.call(environment.getattr(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'year'), 'replace'), '/', '-', _block_vars=_block_vars), _block_vars=_block_vars)))
            yield '?book='
            yield escape(environment.finalize(context.call((undefined(name='in_address') if l_0_in_address is missing else l_0_in_address), environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'book'), _block_vars=_block_vars)))
            yield '">/api/v1/books</a>; in full: <code>miner-agent tax summary --year '
            yield escape(environment.finalize(environment.getattr((undefined(name='told_year') if l_0_told_year is missing else l_0_told_year), 'year')))
            yield '</code>. A record, no advice.</p>\n</section>\n'
        l_1_loop = missing
        t_1 = 1
        for l_1_book, l_1_loop in LoopContext(environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'books'), undefined):
            l_1_told = resolve('told')
            l_1_amount = resolve('amount')
            l_1_booked = resolve('booked')
            _loop_vars = {}
            pass
            yield '<section class="card" aria-labelledby="book-'
            yield escape(environment.finalize(environment.getattr(l_1_loop, 'index')))
            yield '">\n<div class="card-head"><h2 id="book-'
            yield escape(environment.finalize(environment.getattr(l_1_loop, 'index')))
            yield '">'
            yield escape(environment.finalize(environment.getattr(l_1_book, 'book')))
            yield '</h2><p class="small quiet">'
            yield escape(environment.finalize((environment.getattr(l_1_book, 'currency') or 'no currency yet')))
            if environment.getattr(l_1_book, 'posted_until'):
                pass
                yield ' · electricity posted until '
                yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_0_day_and_clock is missing else l_0_day_and_clock), environment.getattr(l_1_book, 'posted_until'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _loop_vars=_loop_vars)[:10]))
            yield '</p></div>\n<dl class="facts">\n<div><dt>Entries</dt><dd>'
            yield escape(environment.finalize(context.call((undefined(name='told') if l_1_told is missing else l_1_told), environment.getattr(l_1_book, 'entries'), _loop_vars=_loop_vars)))
            yield '</dd></div>\n<div><dt>Without a price</dt><dd>'
            yield escape(environment.finalize(context.call((undefined(name='told') if l_1_told is missing else l_1_told), environment.getattr(l_1_book, 'unpriced'), _loop_vars=_loop_vars)))
            yield '</dd></div>\n<div><dt>To be decided</dt><dd>'
            yield escape(environment.finalize(context.call((undefined(name='told') if l_1_told is missing else l_1_told), environment.getattr(l_1_book, 'open_items'), _loop_vars=_loop_vars)))
            yield '</dd></div>\n<div><dt>Paid since the agent started</dt><dd>'
            yield escape(environment.finalize(context.call((undefined(name='amount') if l_1_amount is missing else l_1_amount), environment.getattr(l_1_book, 'paid_since_start'), None, (undefined(name='booked') if l_1_booked is missing else l_1_booked), _loop_vars=_loop_vars)))
            yield '</dd></div>\n<div><dt>Paid of estimated</dt><dd>'
            yield escape(environment.finalize(context.call((undefined(name='told') if l_1_told is missing else l_1_told), environment.getattr(l_1_book, 'paid_to_estimate_ratio'), _loop_vars=_loop_vars)))
            yield '</dd></div>\n<div><dt>End of its chain</dt><dd>'
            if environment.getattr(l_1_book, 'head_known'):
                pass
                yield '<span class="tag good">as it was left</span>'
            else:
                pass
                yield '<span class="tag bad">not known</span>'
            yield '</dd></div>\n</dl>\n'
            if environment.getattr(l_1_book, 'paid'):
                pass
                yield '<div class="scrolls" tabindex="0" role="region" aria-label="Payouts of '
                yield escape(environment.finalize(environment.getattr(l_1_book, 'book')))
                yield '">\n<table>\n<thead><tr><th scope="col">Pool</th><th scope="col">Coin</th><th scope="col" class="number">Payouts</th><th scope="col" class="number">Coins</th><th scope="col" class="number">Worth then</th><th scope="col">Last</th></tr></thead>\n<tbody>\n'
                for l_2_paid in environment.getattr(l_1_book, 'paid'):
                    l_2_cell = resolve('cell')
                    _loop_vars = {}
                    pass
                    yield '<tr><th scope="row">'
                    yield escape(environment.finalize(environment.getattr(l_2_paid, 'pool')))
                    yield '</th><td>'
                    yield escape(environment.finalize(environment.getattr(l_2_paid, 'coin')))
                    yield '</td>'
                    yield escape(environment.finalize(context.call((undefined(name='cell') if l_2_cell is missing else l_2_cell), environment.getattr(l_2_paid, 'payouts'), _loop_vars=_loop_vars)))
                    yield escape(environment.finalize(context.call((undefined(name='cell') if l_2_cell is missing else l_2_cell), environment.getattr(l_2_paid, 'coins'), _loop_vars=_loop_vars)))
                    yield '<td class="number">'
                    yield escape(environment.finalize(context.call((undefined(name='amount') if l_1_amount is missing else l_1_amount), environment.getattr(l_2_paid, 'value'), None, (undefined(name='booked') if l_1_booked is missing else l_1_booked), _loop_vars=_loop_vars)))
                    yield '</td><td>'
                    yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_0_day_and_clock is missing else l_0_day_and_clock), environment.getattr(l_2_paid, 'last_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _loop_vars=_loop_vars)[:10]))
                    yield '</td></tr>\n'
                l_2_paid = l_2_cell = missing
                yield '</tbody>\n</table>\n</div>\n'
            yield '</section>\n'
            t_1 = 0
        l_1_loop = l_1_book = l_1_told = l_1_amount = l_1_booked = missing
        if t_1:
            pass
            if (not environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'last_error')):
                pass
                yield '<section class="card">'
                yield escape(environment.finalize(context.call((undefined(name='empty') if l_0_empty is missing else l_0_empty), 'There are no books yet.', 'They begin with the first payout: name a pool under [[payouts]] in the configuration and run `miner-agent payouts sync`, or book one by hand with `miner-agent payouts add`.')))
                yield '</section>'
        if environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'pools'):
            pass
            yield '<section class="card" aria-labelledby="pools-title">\n<div class="card-head"><h2 id="pools-title">Pools that are asked for payouts</h2></div>\n<div class="scrolls" tabindex="0" role="region" aria-labelledby="pools-title">\n<table>\n<thead><tr><th scope="col">Pool</th><th scope="col">All of it read</th><th scope="col" class="number">Failures</th><th scope="col">What it says</th></tr></thead>\n<tbody>\n'
            for l_1_pool in environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'pools'):
                l_1_cell = resolve('cell')
                _loop_vars = {}
                pass
                yield '<tr><th scope="row">'
                yield escape(environment.finalize(environment.getattr(l_1_pool, 'pool')))
                yield '</th><td>'
                if environment.getattr(l_1_pool, 'read_at'):
                    pass
                    yield escape(environment.finalize(context.call((undefined(name='day_and_clock') if l_0_day_and_clock is missing else l_0_day_and_clock), environment.getattr(l_1_pool, 'read_at'), (undefined(name='zone') if l_0_zone is missing else l_0_zone), _loop_vars=_loop_vars)))
                else:
                    pass
                    yield '<span class="quiet">not yet</span>'
                yield '</td>'
                yield escape(environment.finalize(context.call((undefined(name='cell') if l_1_cell is missing else l_1_cell), environment.getattr(l_1_pool, 'failures_total'), _loop_vars=_loop_vars)))
                yield '<td>'
                yield escape(environment.finalize((environment.getattr(l_1_pool, 'last_error') or '')))
                yield '</td></tr>\n'
            l_1_pool = l_1_cell = missing
            yield '</tbody>\n</table>\n</div>\n</section>\n'
        yield '<section class="card" aria-labelledby="years-title">\n<div class="card-head"><h2 id="years-title">A tax year</h2><p class="small quiet">days by the calendar of the book</p></div>\n<div class="scrolls" tabindex="0" role="region" aria-labelledby="years-title">\n<table>\n<thead><tr><th scope="col">Year</th>'
        for l_1_book in environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'books'):
            _loop_vars = {}
            pass
            yield '<th scope="col">'
            yield escape(environment.finalize(environment.getattr(l_1_book, 'book')))
            yield '</th>'
        l_1_book = missing
        yield '<th scope="col">Files for other programs</th></tr></thead>\n<tbody>\n'
        for l_1_year in (undefined(name='years') if l_0_years is missing else l_0_years):
            _loop_vars = {}
            pass
            yield '<tr><th scope="row">'
            yield escape(environment.finalize(l_1_year))
            yield '</th>'
            for l_2_book in environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'books'):
                _loop_vars = {}
                pass
                yield '<td class="whole"><a href="/books?year='
                yield escape(environment.finalize(l_1_year))
                yield '&amp;book='
                yield escape(environment.finalize(context.call((undefined(name='in_address') if l_0_in_address is missing else l_0_in_address), environment.getattr(l_2_book, 'book'), _loop_vars=_loop_vars)))
                yield '">what it adds up to</a></td>'
            l_2_book = missing
            yield '<td><code>miner-agent tax export beancount --year '
            yield escape(environment.finalize(l_1_year))
            yield ' --out taxes-'
            yield escape(environment.finalize(l_1_year))
            yield '</code></td></tr>\n'
        l_1_year = missing
        yield '</tbody>\n</table>\n</div>\n<form action="/books" method="get" class="fields gap">\n<label>Another year<input name="year" placeholder="2025 or 2025/26" maxlength="9" autocomplete="off"></label>\n'
        if environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'books')[1:]:
            pass
            yield '<label>Book<select name="book">'
            for l_1_book in environment.getattr(environment.getattr((undefined(name='ledger') if l_0_ledger is missing else l_0_ledger), 'value'), 'books'):
                _loop_vars = {}
                pass
                yield '<option>'
                yield escape(environment.finalize(environment.getattr(l_1_book, 'book')))
                yield '</option>'
            l_1_book = missing
            yield '</select></label>\n'
        yield '<button type="submit">Add it up</button>\n</form>\n<p class="small quiet">Other programs, a format each: <code>miner-agent tax export --help</code></p>\n</section>\n</div>\n'

blocks = {'main': block_main}
debug_info = '1=13&2=16&3=30&4=51&9=54&11=57&12=59&14=63&19=69&20=74&22=77&25=91&26=95&27=97&28=107&29=111&31=122&32=124&33=126&36=128&37=132&39=145&40=148&42=152&43=159&44=167&47=177&48=184&49=186&51=196&52=198&53=200&54=202&55=204&56=206&58=213&59=216&63=218&64=223&72=241&74=246&81=249&82=254&93=270&95=278&96=282&103=300&104=303'

from miner_agent.face.page.page_runtime import Macro, Undefined, environment, escape, missing  # by tools/templates.py
name = 'figures.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_tile = l_0_money_tile = l_0_cell = l_0_amount = l_0_empty = l_0_drawing = missing
    pass
    def macro(l_1_title, l_1_figure, l_1_now, l_1_note, l_1_kind):
        t_1 = []
        l_1_parted = resolve('parted')
        l_1_worded = resolve('worded')
        l_1_by_whom = resolve('by_whom')
        l_1_number = l_1_unit = missing
        if l_1_title is missing:
            l_1_title = undefined("parameter 'title' was not provided", name='title')
        if l_1_figure is missing:
            l_1_figure = undefined("parameter 'figure' was not provided", name='figure')
        if l_1_now is missing:
            l_1_now = undefined("parameter 'now' was not provided", name='now')
        if l_1_note is missing:
            l_1_note = ''
        if l_1_kind is missing:
            l_1_kind = ''
        pass
        (l_1_number, l_1_unit) = context.call((undefined(name='parted') if l_1_parted is missing else l_1_parted), l_1_figure)
        t_1.append(
            '<div class="figure',
        )
        if environment.getattr(l_1_figure, 'stale'):
            pass
            t_1.append(
                ' stale',
            )
        t_1.extend((
            '">\n<dt>',
            escape(environment.finalize(l_1_title)),
            '</dt>\n<dd>\n',
        ))
        if (environment.getattr(l_1_figure, 'value') == None):
            pass
            t_1.extend((
                '<div class="value none">',
                escape(environment.finalize(context.call((undefined(name='worded') if l_1_worded is missing else l_1_worded), environment.getattr(l_1_figure, 'reason')))),
                '</div>\n',
            ))
        else:
            pass
            t_1.extend((
                '<div class="value ',
                escape(environment.finalize(l_1_kind)),
                '">',
                escape(environment.finalize((undefined(name='number') if l_1_number is missing else l_1_number))),
            ))
            if (undefined(name='unit') if l_1_unit is missing else l_1_unit):
                pass
                t_1.extend((
                    ' <span class="unit">',
                    escape(environment.finalize((undefined(name='unit') if l_1_unit is missing else l_1_unit))),
                    '</span>',
                ))
            t_1.append(
                '</div>\n',
            )
        if l_1_note:
            pass
            t_1.extend((
                '<span class="from">',
                escape(environment.finalize(l_1_note)),
                '</span>',
            ))
        if (environment.getattr(l_1_figure, 'value') != None):
            pass
            t_1.extend((
                '<span class="from">',
                escape(environment.finalize(context.call((undefined(name='by_whom') if l_1_by_whom is missing else l_1_by_whom), l_1_figure, l_1_now))),
                '</span>',
            ))
        t_1.append(
            '</dd>\n</div>\n',
        )
        return concat(t_1)
    context.exported_vars.add('tile')
    context.vars['tile'] = l_0_tile = Macro(environment, macro, 'tile', ('title', 'figure', 'now', 'note', 'kind'), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro(l_1_title, l_1_figure, l_1_now, l_1_note, l_1_unit):
        t_2 = []
        l_1_worded = resolve('worded')
        l_1_parted_money = resolve('parted_money')
        l_1_number = resolve('number')
        l_1_currency = resolve('currency')
        l_1_is_loss = resolve('is_loss')
        l_1_by_whom = resolve('by_whom')
        if l_1_title is missing:
            l_1_title = undefined("parameter 'title' was not provided", name='title')
        if l_1_figure is missing:
            l_1_figure = undefined("parameter 'figure' was not provided", name='figure')
        if l_1_now is missing:
            l_1_now = undefined("parameter 'now' was not provided", name='now')
        if l_1_note is missing:
            l_1_note = ''
        if l_1_unit is missing:
            l_1_unit = ''
        pass
        t_2.append(
            '<div class="figure',
        )
        if environment.getattr(l_1_figure, 'stale'):
            pass
            t_2.append(
                ' stale',
            )
        t_2.extend((
            '">\n<dt>',
            escape(environment.finalize(l_1_title)),
            '</dt>\n<dd>\n',
        ))
        if (environment.getattr(l_1_figure, 'value') == None):
            pass
            t_2.extend((
                '<div class="value none">',
                escape(environment.finalize(context.call((undefined(name='worded') if l_1_worded is missing else l_1_worded), environment.getattr(l_1_figure, 'reason')))),
                '</div>\n',
            ))
        else:
            pass
            (l_1_number, l_1_currency) = context.call((undefined(name='parted_money') if l_1_parted_money is missing else l_1_parted_money), l_1_figure)
            t_2.append(
                '<div class="value',
            )
            if context.call((undefined(name='is_loss') if l_1_is_loss is missing else l_1_is_loss), l_1_figure):
                pass
                t_2.append(
                    ' loss-text',
                )
            t_2.extend((
                '">',
                escape(environment.finalize((undefined(name='number') if l_1_number is missing else l_1_number))),
                ' <span class="unit">',
                escape(environment.finalize((undefined(name='currency') if l_1_currency is missing else l_1_currency))),
                escape(environment.finalize(l_1_unit)),
                '</span></div>\n',
            ))
        if l_1_note:
            pass
            t_2.extend((
                '<span class="from">',
                escape(environment.finalize(l_1_note)),
                '</span>',
            ))
        if (environment.getattr(l_1_figure, 'value') != None):
            pass
            t_2.extend((
                '<span class="from">',
                escape(environment.finalize(context.call((undefined(name='by_whom') if l_1_by_whom is missing else l_1_by_whom), l_1_figure, l_1_now))),
                '</span>',
            ))
        t_2.append(
            '</dd>\n</div>\n',
        )
        return concat(t_2)
    context.exported_vars.add('money_tile')
    context.vars['money_tile'] = l_0_money_tile = Macro(environment, macro, 'money_tile', ('title', 'figure', 'now', 'note', 'unit'), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro(l_1_figure):
        t_3 = []
        l_1_told = resolve('told')
        if l_1_figure is missing:
            l_1_figure = undefined("parameter 'figure' was not provided", name='figure')
        pass
        t_3.append(
            '<td class="number',
        )
        if environment.getattr(l_1_figure, 'stale'):
            pass
            t_3.append(
                ' stale',
            )
        t_3.append(
            '">',
        )
        if (environment.getattr(l_1_figure, 'value') == None):
            pass
            t_3.extend((
                '<span class="quiet" title="',
                escape(environment.finalize(environment.getattr(l_1_figure, 'reason'))),
                '">–<span class="unseen"> ',
                escape(environment.finalize(environment.getattr(l_1_figure, 'reason'))),
                '</span></span>',
            ))
        else:
            pass
            t_3.append(
                escape(environment.finalize(context.call((undefined(name='told') if l_1_told is missing else l_1_told), l_1_figure))),
            )
        t_3.append(
            '</td>\n',
        )
        return concat(t_3)
    context.exported_vars.add('cell')
    context.vars['cell'] = l_0_cell = Macro(environment, macro, 'cell', ('figure',), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro(l_1_figure, l_1_now, l_1_written):
        t_4 = []
        l_1_money = resolve('money')
        l_1_worded = resolve('worded')
        l_1_by_whom = resolve('by_whom')
        if l_1_figure is missing:
            l_1_figure = undefined("parameter 'figure' was not provided", name='figure')
        if l_1_now is missing:
            l_1_now = undefined("parameter 'now' was not provided", name='now')
        if l_1_written is missing:
            l_1_written = (undefined(name='money') if l_1_money is missing else l_1_money)
        pass
        if (environment.getattr(l_1_figure, 'value') == None):
            pass
            t_4.extend((
                '<span class="quiet">',
                escape(environment.finalize(context.call((undefined(name='worded') if l_1_worded is missing else l_1_worded), environment.getattr(l_1_figure, 'reason')))),
                '</span>',
            ))
        else:
            pass
            t_4.append(
                escape(environment.finalize(context.call(l_1_written, l_1_figure))),
            )
            if l_1_now:
                pass
                t_4.extend((
                    '<span class="from">',
                    escape(environment.finalize(context.call((undefined(name='by_whom') if l_1_by_whom is missing else l_1_by_whom), l_1_figure, l_1_now))),
                    '</span>',
                ))
        return concat(t_4)
    context.exported_vars.add('amount')
    context.vars['amount'] = l_0_amount = Macro(environment, macro, 'amount', ('figure', 'now', 'written'), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro(l_1_what, l_1_next):
        t_5 = []
        l_1_worded = resolve('worded')
        if l_1_what is missing:
            l_1_what = undefined("parameter 'what' was not provided", name='what')
        if l_1_next is missing:
            l_1_next = undefined("parameter 'next' was not provided", name='next')
        pass
        t_5.extend((
            '<div class="empty"><strong>',
            escape(environment.finalize(l_1_what)),
            '</strong>',
            escape(environment.finalize(context.call((undefined(name='worded') if l_1_worded is missing else l_1_worded), l_1_next))),
            '</div>\n',
        ))
        return concat(t_5)
    context.exported_vars.add('empty')
    context.vars['empty'] = l_0_empty = Macro(environment, macro, 'empty', ('what', 'next'), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro(l_1_two):
        t_6 = []
        if l_1_two is missing:
            l_1_two = undefined("parameter 'two' was not provided", name='two')
        pass
        t_6.extend((
            '<div class="wide-only">',
            escape(environment.finalize(environment.getattr(l_1_two, 'wide'))),
            '</div>\n<div class="narrow-only">',
            escape(environment.finalize(environment.getattr(l_1_two, 'narrow'))),
            '</div>\n',
        ))
        return concat(t_6)
    context.exported_vars.add('drawing')
    context.vars['drawing'] = l_0_drawing = Macro(environment, macro, 'drawing', ('two',), False, False, False, context.eval_ctx.autoescape)

blocks = {}
debug_info = '2=12&3=29&4=33&5=40&7=43&8=47&10=54&12=68&13=75&18=89&19=111&20=118&22=121&23=125&25=130&26=134&28=147&29=154&34=168&35=177&38=206&39=218&42=241&43=251&46=260&47=267&48=269'

from miner_agent.face.page.page_runtime import Macro, Undefined, environment, escape, missing  # by tools/templates.py
name = 'charts.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_chart = l_0_changed = missing
    pass
    def macro(l_1_id, l_1_title, l_1_note, l_1_quantity, l_1_span, l_1_names, l_1_baselines, l_1_points, l_1_changes):
        t_1 = []
        if l_1_id is missing:
            l_1_id = undefined("parameter 'id' was not provided", name='id')
        if l_1_title is missing:
            l_1_title = undefined("parameter 'title' was not provided", name='title')
        if l_1_note is missing:
            l_1_note = undefined("parameter 'note' was not provided", name='note')
        if l_1_quantity is missing:
            l_1_quantity = undefined("parameter 'quantity' was not provided", name='quantity')
        if l_1_span is missing:
            l_1_span = undefined("parameter 'span' was not provided", name='span')
        if l_1_names is missing:
            l_1_names = undefined("parameter 'names' was not provided", name='names')
        if l_1_baselines is missing:
            l_1_baselines = None
        if l_1_points is missing:
            l_1_points = 360
        if l_1_changes is missing:
            l_1_changes = ''
        pass
        t_1.extend((
            '<section class="card" aria-labelledby="',
            escape(environment.finalize(l_1_id)),
            '-title">\n<div class="card-head"><h2 id="',
            escape(environment.finalize(l_1_id)),
            '-title">',
            escape(environment.finalize(l_1_title)),
            '</h2><p class="small quiet">',
            escape(environment.finalize(l_1_note)),
            '</p></div>\n<figure class="chart" role="group" aria-labelledby="',
            escape(environment.finalize(l_1_id)),
            '-title" data-quantity="',
            escape(environment.finalize(l_1_quantity)),
            '" data-span="',
            escape(environment.finalize(l_1_span)),
            '" data-points="',
            escape(environment.finalize(l_1_points)),
            '" data-names="',
            escape(environment.finalize(l_1_names)),
            '"',
        ))
        if (l_1_baselines != None):
            pass
            t_1.extend((
                ' data-baselines="',
                escape(environment.finalize(l_1_baselines)),
                '"',
            ))
        t_1.extend((
            '>\n<p class="quiet" data-note>A script draws this from <a href="/api/v1/series?quantity=',
            escape(environment.finalize(l_1_quantity)),
            '&amp;from=',
            escape(environment.finalize(l_1_span)),
            '">what the log tells</a>.</p>\n</figure>\n',
            escape(environment.finalize(l_1_changes)),
            '</section>\n',
        ))
        return concat(t_1)
    context.exported_vars.add('chart')
    context.vars['chart'] = l_0_chart = Macro(environment, macro, 'chart', ('id', 'title', 'note', 'quantity', 'span', 'names', 'baselines', 'points', 'changes'), False, False, False, context.eval_ctx.autoescape)
    yield '\n'
    def macro():
        t_2 = []
        pass
        t_2.append(
            '<div class="changes" hidden>\n<h3>What changed</h3>\n<ul data-changes tabindex="0" aria-label="What changed"></ul>\n</div>\n',
        )
        return concat(t_2)
    context.exported_vars.add('changed')
    context.vars['changed'] = l_0_changed = Macro(environment, macro, 'changed', (), False, False, False, context.eval_ctx.autoescape)

blocks = {}
debug_info = '2=12&3=35&4=37&5=43&6=63&8=67&12=74'

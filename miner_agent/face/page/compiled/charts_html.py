from jinja2.runtime import LoopContext, Macro, Markup, Namespace, TemplateNotFound, TemplateReference, TemplateRuntimeError, Undefined, escape, identity, internalcode, markup_join, missing, str_join  # by tools/templates.py
name = 'charts.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    l_0_chart = l_0_changed = missing
    try:
        t_1 = environment.tests['defined']
    except KeyError:
        @internalcode
        def t_1(*unused):
            raise TemplateRuntimeError("No test named 'defined' found.")
    try:
        t_2 = environment.tests['none']
    except KeyError:
        @internalcode
        def t_2(*unused):
            raise TemplateRuntimeError("No test named 'none' found.")
    pass
    def macro(l_1_id, l_1_title, l_1_note, l_1_quantity, l_1_span, l_1_names, l_1_baselines, l_1_points, l_1_caller):
        t_3 = []
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
        pass
        t_3.extend((
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
        if (not t_2(l_1_baselines)):
            pass
            t_3.extend((
                ' data-baselines="',
                escape(environment.finalize(l_1_baselines)),
                '"',
            ))
        t_3.extend((
            '>\n<p class="quiet" data-note>A script draws this from <a href="/api/v1/series?quantity=',
            escape(environment.finalize(l_1_quantity)),
            '&amp;from=',
            escape(environment.finalize(l_1_span)),
            '">what the log tells</a>.</p>\n</figure>\n',
        ))
        if t_1(l_1_caller):
            pass
            t_3.append(
                escape(environment.finalize(context.call(l_1_caller))),
            )
        t_3.append(
            '</section>\n',
        )
        return concat(t_3)
    context.exported_vars.add('chart')
    context.vars['chart'] = l_0_chart = Macro(environment, macro, 'chart', ('id', 'title', 'note', 'quantity', 'span', 'names', 'baselines', 'points'), False, False, True, context.eval_ctx.autoescape)
    yield '\n'
    def macro():
        t_4 = []
        pass
        t_4.append(
            '<div class="changes" hidden>\n<h3>What changed</h3>\n<ul data-changes tabindex="0" aria-label="What changed"></ul>\n</div>\n',
        )
        return concat(t_4)
    context.exported_vars.add('changed')
    context.vars['changed'] = l_0_changed = Macro(environment, macro, 'changed', (), False, False, False, context.eval_ctx.autoescape)

blocks = {}
debug_info = '2=24&3=45&4=47&5=53&6=73&8=78&12=90'

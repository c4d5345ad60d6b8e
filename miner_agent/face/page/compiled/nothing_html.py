from miner_agent.face.page.page_runtime import Undefined, environment, escape, missing  # by tools/templates.py
name = 'nothing.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    pass
    parent_template = environment.get_template('base.html', 'nothing.html')
    for name, parent_block in parent_template.blocks.items():
        context.blocks.setdefault(name, []).append(parent_block)
    yield from parent_template.root_render_func(context)

def block_main(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    _block_vars = {}
    l_0_sentence = resolve('sentence')
    l_0_page = resolve('page')
    pass
    yield '<section class="card" id="nothing">\n<h1>There is nothing here</h1>\n<p>'
    yield escape(environment.finalize((undefined(name='sentence') if l_0_sentence is missing else l_0_sentence)))
    yield '</p>\n<p><a href="'
    yield escape(environment.finalize(environment.getattr((undefined(name='page') if l_0_page is missing else l_0_page), 'path')))
    yield '">'
    yield escape(environment.finalize(environment.getattr((undefined(name='page') if l_0_page is missing else l_0_page), 'title')))
    yield '</a></p>\n</section>\n'

blocks = {'main': block_main}
debug_info = '1=12&2=17&5=28&6=30'

from miner_agent.face.page.page_runtime import Undefined, environment, missing  # by tools/templates.py
name = 'waiting.html'

def root(context, missing=missing):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    cond_expr_undefined = Undefined
    if 0: yield None
    parent_template = None
    pass
    parent_template = environment.get_template('base.html', 'waiting.html')
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
    pass
    yield '<section class="card verdict unknown" id="verdict" data-live>\n<svg class="sign" viewBox="0 0 40 40" aria-hidden="true"><circle class="disc" cx="20" cy="20" r="19"/><path class="mark" d="M20 10v11l7 4"/></svg>\n<div>\n<h1>The first reading is not over yet</h1>\n<p role="status">No reading is complete yet. This page fills by itself in a few seconds; without scripts, load it again.</p>\n</div>\n</section>\n'

blocks = {'main': block_main}
debug_info = '1=12&2=17'

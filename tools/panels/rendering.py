"""A dashboard as Grafana reads it: its classic JSON, through Grafana's own library."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

from tools.panels.panel import Board, Column, Levels, Panel, Query, Row, Variable, Word

UID = "miner-agent-"
HEIGHTS = {"stat": 4, "timeseries": 8, "bars": 8, "table": 9, "timeline": 8}
COLUMNS = 24
SOURCE = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
Builder = bargauge.Panel | stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel


def rendered(board: Board) -> str:
    """The file, as Grafana takes it."""
    made = (
        dashboard.Dashboard(f"Mining: {board.title}")
        .uid(UID + board.name)
        .description(board.about)
        .tags(list(board.tags))
        .editable()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .time(f"now-{board.hours}h", "now")
        .refresh("1m")
        .timezone("browser")
        .link(
            dashboard.DashboardLink("Mining")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["miner-agent"])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for variable in board.variables:
        made.with_variable(_variable(variable))
    for number, (item, position) in enumerate(_placed(board.rows), start=1):
        if isinstance(item, Row):
            made.with_row(dashboard.Row(item.title).id(number).grid_pos(position))
        else:
            made.with_panel(_panel(item).id(number).grid_pos(position))
    return json.dumps(made.build(), cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _placed(rows: Sequence[Row]) -> Iterator[tuple[Row | Panel, models.GridPos]]:
    """Every row and panel with its place: from left to right, and on below the highest one."""
    y = 0
    for row in rows:
        yield row, models.GridPos(x=0, y=y, w=COLUMNS, h=1)
        y += 1
        x = highest = 0
        for panel in row.panels:
            height = panel.height or HEIGHTS[panel.kind]
            if x + panel.width > COLUMNS:
                x, y, highest = 0, y + highest, 0
            yield panel, models.GridPos(x=x, y=y, w=panel.width, h=height)
            x, highest = x + panel.width, max(highest, height)
        y += highest


def _variable(variable: Variable) -> dashboard.QueryVariable:
    asked = f"label_values({variable.series}, {variable.label})"
    made = (
        dashboard.QueryVariable(variable.label)
        .label(variable.title)
        .datasource(SOURCE)
        .definition(asked)
        .query({"query": asked, "refId": variable.label})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.NATURAL_ASC)
        .multi(True)  # of those alone of which several can be chosen Grafana escapes what a regular expression reads
        .include_all(variable.all_at_first)
    )
    # A dot and a star also take series without the label: of one rig alone nobody need say its site.
    return made.all_value(".*") if variable.all_at_first else made


def _panel(panel: Panel) -> Builder:
    made = _of_kind(panel)
    made.title(panel.title).description(panel.about).datasource(SOURCE)
    made.unit(panel.unit).no_value(panel.empty).thresholds(_thresholds(panel.levels))
    if panel.decimals is not None:
        made.decimals(panel.decimals)
    low, high = panel.bounds
    if low is not None:
        made.min(low)
    if high is not None:
        made.max(high)
    if panel.says:
        made.mappings([_mapping(panel.says)])
    if panel.leads_to is not None:
        made.data_links([_link(panel.leads_to, "__field.labels")])
    for letter, query in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", panel.queries, strict=False):
        made.with_target(_target(panel, query, letter))
        if query.look == "limit":
            made.override_by_query(letter, LIMIT)
    if isinstance(made, table.Panel):
        _columns(made, panel)
    return made


def _of_kind(panel: Panel) -> Builder:
    match panel.kind:
        case "stat":
            colored = common_models.BigValueColorMode.VALUE
            return (
                stat.Panel()
                .color_mode(colored)
                .graph_mode(common_models.BigValueGraphMode.NONE)
                .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
            )
        case "bars":
            return (
                bargauge.Panel()
                .orientation(common_models.VizOrientation.HORIZONTAL)
                .display_mode(common_models.BarGaugeDisplayMode.BASIC)
                .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
            )
        case "table":
            return table.Panel().show_header(True)
        case "timeline":
            return (
                statetimeline.Panel()
                .show_value(common_models.VisibilityMode.AUTO)
                .merge_values(True)
                .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
                .legend(common.VizLegendOptions().show_legend(False))
            )
        case "timeseries":
            return _curves(panel)


def _curves(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .show_points(common_models.VisibilityMode.NEVER)
        .line_width(1)
        .fill_opacity(25 if panel.stacked else 0)
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.LIST)
            .placement(common_models.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull"])
        )
    )
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
    if panel.logarithmic:
        scale = common.ScaleDistributionConfig().type(common_models.ScaleDistribution.LOG).log(10)
        made.scale_distribution(scale)
    if len(panel.levels) > 1:
        mode = common_models.GraphThresholdsStyleMode.DASHED
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(mode))
    return made


LIMIT = [
    models.DynamicConfigValue("custom.lineStyle", {"dash": [8, 8], "fill": "dash"}),
    models.DynamicConfigValue("custom.fillOpacity", 0),
    models.DynamicConfigValue("custom.stacking", {"group": "limits", "mode": "none"}),
]


def _target(panel: Panel, query: Query, letter: str) -> prometheus.Dataquery:
    made = prometheus.Dataquery().datasource(SOURCE).expr(query.expression).ref_id(letter)
    made.editor_mode(prometheus_models.QueryEditorMode.CODE)
    if panel.kind == "table":
        return made.instant().format(prometheus_models.PromQueryFormat.TABLE)
    made.legend_format(query.legend or panel.title)
    return made.instant() if panel.kind in {"stat", "bars"} else made.range()


def _thresholds(levels: Levels) -> dashboard.ThresholdsConfig:
    steps = [models.Threshold(value=value, color=color) for value, color in levels]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _mapping(words: Sequence[Word]) -> models.ValueMap:
    options = {
        str(word.value): models.ValueMappingResult(text=word.text, color=word.color, index=place)
        for place, word in enumerate(words)
    }
    return models.ValueMap(options=options)


def _link(board: str, labels: str) -> dashboard.DashboardLink:
    asked = "&".join(f"var-{label}=${{{labels}.{label}}}" for label in LABELS[board])
    url = f"/d/{UID}{board}?${{datasource:queryparam}}&{asked}&${{__url_time_range}}"
    return dashboard.DashboardLink(f"Open {board}").url(url).type(models.DashboardLinkType.LINK)


LABELS = {"rig": ("site", "rig"), "device": ("site", "rig", "device"), "miners": ("site", "rig", "miner")}
"""What a dashboard is told of the series that led to it."""


def _columns(made: table.Panel, panel: Panel) -> None:
    """The answers of all queries side by side, with the columns that the table names, in their order."""
    several = len(panel.queries) > 1
    names = {column.name: f"Value #{column.name}" if len(column.name) == 1 else column.name for column in panel.columns}
    if not several:
        names = {name: "Value" if len(name) == 1 else name for name in names}
    else:
        made.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    order = {names[column.name]: place for place, column in enumerate(panel.columns)}
    titles = {names[column.name]: column.title for column in panel.columns}
    kept = models.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(order)}})
    arranged = {"excludeByName": {}, "includeByName": {}, "indexByName": order, "renameByName": titles}
    made.with_transformation(kept)
    made.with_transformation(models.DataTransformerConfig(id_val="organize", options=arranged))
    for column in panel.columns:
        if properties := list(_of_column(column)):
            made.override_by_name(column.title, properties)
    if panel.sorted_by is not None:
        title = next(column.title for column in panel.columns if column.name == panel.sorted_by)
        made.sort_by([common.TableSortByFieldState().display_name(title).desc(True)])


def _of_column(column: Column) -> Iterator[Any]:
    set_to = models.DynamicConfigValue
    if column.unit is not None:
        yield set_to("unit", column.unit)
    if column.decimals is not None:
        yield set_to("decimals", column.decimals)
    if column.levels:
        yield set_to("thresholds", _thresholds(column.levels).build())
        yield set_to("custom.cellOptions", {"type": "color-text"})
    if column.says:
        yield set_to("mappings", [_mapping(column.says)])
        yield set_to("custom.cellOptions", {"type": "color-text"})
    if column.leads_to is not None:
        yield set_to("links", [_link(column.leads_to, "__data.fields").build()])

from .onnx_file import export_onnx as export_onnx, graph_of as graph_of
from .predictors import (
    FORMATS as FORMATS,
    Exported as Exported,
    export_predictor as export_predictor,
)
from .raw_columns import by_column as by_column, raw_function as raw_function
from .stablehlo import (
    export_stablehlo as export_stablehlo,
    load_stablehlo as load_stablehlo,
)

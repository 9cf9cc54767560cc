from .attention import (
    AttentionNet as AttentionNet,
    attend as attend,
    attention_weights as attention_weights,
    multi_head as multi_head,
)
from .catalogue import (
    NETS as NETS,
    make_net as make_net,
    net_options as net_options,
    specification as specification,
)
from .convolution import (
    ConvNet as ConvNet,
    ReceptiveField as ReceptiveField,
    ResidualConvNet as ResidualConvNet,
    UNet as UNet,
    receptive_field as receptive_field,
)
from .encoding import (
    DummyColumns as DummyColumns,
    dummies as dummies,
    dummy_columns as dummy_columns,
    one_hot as one_hot,
)
from .layered import AbstractLayered as AbstractLayered, layers as layers
from .mlp import MLP as MLP, linear as linear
from .net import AbstractNet as AbstractNet
from .parts import ACTIVATIONS as ACTIVATIONS
from .recurrent import RecurrentNet as RecurrentNet
from .saving import (
    empty_net as empty_net,
    load_net as load_net,
    save_net as save_net,
    tensors as tensors,
    with_tensors as with_tensors,
)
from .tabular import TabularNet as TabularNet
from .trees import BoostedTrees as BoostedTrees

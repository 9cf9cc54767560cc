from .conv import ConvNet as ConvNet
from .conv_residual import ResidualConvNet as ResidualConvNet
from .unet import UNet as UNet
from .windows import (
    AbstractConvolutional as AbstractConvolutional,
    ReceptiveField as ReceptiveField,
    Window as Window,
    receptive_field as receptive_field,
)

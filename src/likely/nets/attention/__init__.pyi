from .attention_net import AttentionNet as AttentionNet, waves as waves
from .block import EncoderBlock as EncoderBlock, encoder_block as encoder_block
from .dot_product import attend as attend, attention_weights as attention_weights
from .heads import MultiHead as MultiHead, multi_head as multi_head

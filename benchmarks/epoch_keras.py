"""The side of Keras 3, on JAX."""

import os

os.environ["KERAS_BACKEND"] = "jax"

import epoch_protocol as protocol
import keras

keras.utils.set_random_seed(0)
x, t = protocol.events()
layers = [keras.layers.Dense(width, activation="relu") for width in protocol.HIDDEN]
net = keras.Sequential(
    [keras.Input((protocol.FEATURES,)), *layers, keras.layers.Dense(protocol.CLASSES)]
)
net.compile(
    keras.optimizers.Adam(protocol.RATE),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
seconds, begins = [], []


class Clock(keras.callbacks.Callback):
    """Notes how long each epoch takes."""

    def on_epoch_begin(self, epoch, logs=None):
        begins.append(protocol.clock())

    def on_epoch_end(self, epoch, logs=None):
        seconds.append(protocol.clock() - begins[-1])


begin = protocol.clock()
history = net.fit(
    x,
    t,
    batch_size=protocol.BATCH,
    epochs=protocol.EPOCHS,
    verbose=0,
    callbacks=[Clock()],
)
ready = protocol.clock() - begin - sum(seconds[1:])
loss = history.history["loss"][-1]
protocol.tell(f"keras {keras.__version__} on jax", seconds, loss, ready)

from .log import AbstractLog as AbstractLog, Epoch as Epoch
from .logs import Logs as Logs
from .metrics_file import MetricsFile as MetricsFile
from .mlflow_log import MLflow as MLflow
from .packages import check_package as check_package
from .tensorboard_log import TensorBoard as TensorBoard

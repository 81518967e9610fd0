"""What `harness gate` wrote to MLflow: the parent, its children, and one metric of two routes."""

from mlflow import MlflowClient

client = MlflowClient("sqlite:///mlflow.db")
experiment = client.get_experiment_by_name("release-gate")
runs = client.search_runs([experiment.experiment_id], order_by=["start_time ASC"])
for run in sorted(runs, key=lambda run: run.info.run_name):
    verdict, value = run.data.tags.get("verdict", ""), run.data.metrics.get("facts.mean")
    line = f"{run.info.run_name:<32} {verdict}" if verdict else f"  {run.info.run_name:<30}"
    print(line + (f"facts.mean {value:.4f}" if value is not None else ""))  # noqa: T201

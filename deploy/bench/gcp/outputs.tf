output "report" {
  description = "How to fetch the report from the load generator's machine."
  value       = "gcloud compute ssh ${google_compute_instance.load.name} --project ${var.project} --zone ${google_compute_instance.load.zone} --tunnel-through-iap --command 'sudo tar -cz -C /var/lib/meshhook-bench report machine.txt bench.log' > report.tgz"
}

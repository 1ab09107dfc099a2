output "report" {
  description = "How to fetch the report from the load generator's machine."
  value       = "aws ec2-instance-connect ssh --region ${var.region} --instance-id ${aws_instance.load.id} --os-user admin --connection-type eice -- sudo tar -cz -C /var/lib/meshhook-bench report machine.txt bench.log > report.tgz"
}

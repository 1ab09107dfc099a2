variable "region" {
  description = "Region of AWS."
  type        = string
  default     = "us-east-1"
}

variable "instance_type" {
  description = "Type of both machines. Not a burstable one (t3, t4g): its speed depends on its past."
  type        = string
  default     = "c7i.2xlarge"
}

variable "meshhook_source" {
  description = "Address of a packed tarball (https://….tgz), or a git repository and a revision: git+https://…#revision."
  type        = string
}

variable "suite" {
  description = "Suite of scenarios: quick, standard, faults or full."
  type        = string
  default     = "standard"
}

variable "minutes_max" {
  description = "The machines turn themselves off after this time."
  type        = number
  default     = 240
}

variable "project" {
  description = "Project of Google Cloud that pays."
  type        = string
}

variable "region" {
  description = "Region of Google Cloud."
  type        = string
  default     = "us-central1"
}

variable "zone" {
  description = "Zone of that region: its letter."
  type        = string
  default     = "a"
}

variable "machine_type" {
  description = "Type of both machines. Not one of shared cores (e2-micro, e2-small, e2-medium)."
  type        = string
  default     = "c3-standard-8"
}

variable "image" {
  description = "A Debian or Ubuntu image with cloud-init. Debian's own images for Google Cloud have none."
  type        = string
  default     = "ubuntu-os-cloud/ubuntu-2404-lts-amd64"
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

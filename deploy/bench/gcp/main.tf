# Two machines of Google Cloud for the benchmark: one with MeshHook and its PostgreSQL, one with the load generator. Neither has a public address: they
# reach out through Cloud NAT to install themselves. You get in through Identity-Aware Proxy.
#
# Cost, on-demand in us-central1 at the time of writing: two c3-standard-8 about 0.42 USD an hour each, disks about 0.02 USD an hour, Cloud NAT
# less than 0.01 USD an hour: less than 1 USD an hour. Machines turn themselves off after `minutes_max`; disks cost until `terraform destroy`.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.20"
    }
    random = {
      source  = "hashicorp/random"
      version = ">= 3.6"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "random_password" "admin_key" {
  length  = 48
  special = false
}

resource "google_compute_network" "bench" {
  name                    = "meshhook-bench"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "bench" {
  name          = "meshhook-bench"
  network       = google_compute_network.bench.id
  region        = var.region
  ip_cidr_range = "10.77.1.0/24"
}

resource "google_compute_router" "bench" {
  name    = "meshhook-bench"
  network = google_compute_network.bench.id
  region  = var.region
}

resource "google_compute_router_nat" "bench" {
  name                               = "meshhook-bench"
  router                             = google_compute_router.bench.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}

resource "google_compute_firewall" "load" {
  name        = "meshhook-bench-load"
  network     = google_compute_network.bench.id
  source_tags = ["meshhook-bench-load"]
  target_tags = ["meshhook-bench-system"]
  allow {
    protocol = "tcp"
    ports    = ["3000"]
  }
}

resource "google_compute_firewall" "people" {
  name    = "meshhook-bench-people"
  network = google_compute_network.bench.id
  # Identity-Aware Proxy: https://cloud.google.com/iap/docs/using-tcp-forwarding
  source_ranges = ["35.235.240.0/20"]
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

locals {
  # Settings of ../cloud-init.yaml, put in place of its defaults.
  settings = {
    "SOURCE=\"\""         = "SOURCE=\"${var.meshhook_source}\""
    "SUITE=\"standard\""  = "SUITE=\"${var.suite}\""
    "ADMIN_KEY=\"\""      = "ADMIN_KEY=\"mh_${random_password.admin_key.result}\""
    "PEERS=\"\""          = "PEERS=\"${google_compute_subnetwork.bench.ip_cidr_range}\""
    "SSH_FROM=\"\""       = "SSH_FROM=\"35.235.240.0/20\""
    "MINUTES_MAX=\"240\"" = "MINUTES_MAX=\"${var.minutes_max}\""
  }
  lines  = split("\n", file("${path.module}/../cloud-init.yaml"))
  common = join("\n", [for line in local.lines : contains(keys(local.settings), trimspace(line)) ? replace(line, trimspace(line), local.settings[trimspace(line)]) : line])
}

resource "google_compute_instance" "system" {
  name         = "meshhook-bench-system"
  machine_type = var.machine_type
  zone         = "${var.region}-${var.zone}"
  tags         = ["meshhook-bench-system"]
  metadata     = { user-data = replace(local.common, "ROLE=\"alone\"", "ROLE=\"system\"") }
  depends_on   = [google_compute_router_nat.bench]
  boot_disk {
    initialize_params {
      image = var.image
      type  = "pd-ssd"
      size  = 100
    }
  }
  network_interface {
    subnetwork = google_compute_subnetwork.bench.id
  }
  scheduling {
    automatic_restart   = false
    on_host_maintenance = "TERMINATE"
  }
}

resource "google_compute_instance" "load" {
  name         = "meshhook-bench-load"
  machine_type = var.machine_type
  zone         = "${var.region}-${var.zone}"
  tags         = ["meshhook-bench-load"]
  metadata     = { user-data = replace(replace(local.common, "ROLE=\"alone\"", "ROLE=\"load\""), "SYSTEM=\"\"", "SYSTEM=\"${google_compute_instance.system.network_interface[0].network_ip}\"") }
  boot_disk {
    initialize_params {
      image = var.image
      size  = 30
    }
  }
  network_interface {
    subnetwork = google_compute_subnetwork.bench.id
  }
  scheduling {
    automatic_restart   = false
    on_host_maintenance = "TERMINATE"
  }
}

# Two machines of AWS for the benchmark: one with MeshHook and its PostgreSQL, one with the load generator. Both are in a private subnet: nothing
# outside reaches them, and they reach out through a NAT gateway to install themselves. You get in through an EC2 Instance Connect endpoint.
#
# Cost, on-demand in us-east-1 at the time of writing: two c7i.2xlarge about 0.36 USD an hour each, the NAT gateway 0.045 USD an hour, disks about
# 0.02 USD an hour: less than 1 USD an hour. Machines turn themselves off after `minutes_max`; the NAT gateway and the disks cost until `terraform destroy`.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
    random = {
      source  = "hashicorp/random"
      version = ">= 3.6"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = "meshhook-bench" }
  }
}

data "aws_availability_zones" "here" {
  state = "available"
}

# Debian 13, published by Debian.
data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"]
  filter {
    name   = "name"
    values = ["debian-13-amd64-*"]
  }
}

resource "random_password" "admin_key" {
  length  = 48
  special = false
}

resource "aws_vpc" "bench" {
  cidr_block           = "10.77.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_internet_gateway" "bench" {
  vpc_id = aws_vpc.bench.id
}

resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.bench.id
  cidr_block        = "10.77.0.0/24"
  availability_zone = data.aws_availability_zones.here.names[0]
}

resource "aws_subnet" "private" {
  vpc_id            = aws_vpc.bench.id
  cidr_block        = "10.77.1.0/24"
  availability_zone = data.aws_availability_zones.here.names[0]
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "bench" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id
  depends_on    = [aws_internet_gateway.bench]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.bench.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.bench.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.bench.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.bench.id
  }
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  subnet_id      = aws_subnet.private.id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "connect" {
  name_prefix = "meshhook-bench-connect-"
  description = "The endpoint through which people get in"
  vpc_id      = aws_vpc.bench.id
  egress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [aws_subnet.private.cidr_block]
  }
}

resource "aws_ec2_instance_connect_endpoint" "bench" {
  subnet_id          = aws_subnet.private.id
  security_group_ids = [aws_security_group.connect.id]
}

resource "aws_security_group" "machine" {
  name_prefix = "meshhook-bench-"
  description = "The load reaches the system, and the endpoint reaches both"
  vpc_id      = aws_vpc.bench.id
  ingress {
    from_port = 3000
    to_port   = 3000
    protocol  = "tcp"
    self      = true
  }
  ingress {
    from_port       = 22
    to_port         = 22
    protocol        = "tcp"
    security_groups = [aws_security_group.connect.id]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

locals {
  # Settings of ../cloud-init.yaml, put in place of its defaults.
  settings = {
    "SOURCE=\"\""         = "SOURCE=\"${var.meshhook_source}\""
    "SUITE=\"standard\""  = "SUITE=\"${var.suite}\""
    "ADMIN_KEY=\"\""      = "ADMIN_KEY=\"mh_${random_password.admin_key.result}\""
    "PEERS=\"\""          = "PEERS=\"${aws_subnet.private.cidr_block}\""
    "SSH_FROM=\"\""       = "SSH_FROM=\"${aws_subnet.private.cidr_block}\""
    "MINUTES_MAX=\"240\"" = "MINUTES_MAX=\"${var.minutes_max}\""
  }
  lines  = split("\n", file("${path.module}/../cloud-init.yaml"))
  common = join("\n", [for line in local.lines : contains(keys(local.settings), trimspace(line)) ? replace(line, trimspace(line), local.settings[trimspace(line)]) : line])
}

resource "aws_instance" "system" {
  ami                                  = data.aws_ami.debian.id
  instance_type                        = var.instance_type
  subnet_id                            = aws_subnet.private.id
  vpc_security_group_ids               = [aws_security_group.machine.id]
  instance_initiated_shutdown_behavior = "stop"
  user_data                            = replace(local.common, "ROLE=\"alone\"", "ROLE=\"system\"")
  user_data_replace_on_change          = true
  depends_on                           = [aws_route_table_association.private]
  metadata_options {
    http_tokens = "required"
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = 50
    iops        = 6000
    throughput  = 250
    encrypted   = true
  }
  tags = { Name = "meshhook-bench-system" }
}

resource "aws_instance" "load" {
  ami                                  = data.aws_ami.debian.id
  instance_type                        = var.instance_type
  subnet_id                            = aws_subnet.private.id
  vpc_security_group_ids               = [aws_security_group.machine.id]
  instance_initiated_shutdown_behavior = "stop"
  user_data                            = replace(replace(local.common, "ROLE=\"alone\"", "ROLE=\"load\""), "SYSTEM=\"\"", "SYSTEM=\"${aws_instance.system.private_ip}\"")
  user_data_replace_on_change          = true
  metadata_options {
    http_tokens = "required"
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = 30
    encrypted   = true
  }
  tags = { Name = "meshhook-bench-load" }
}

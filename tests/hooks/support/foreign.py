"""Files of other kinds that repositories hold, and that hooks skip."""

from __future__ import annotations

import json
from textwrap import dedent

KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  description: the shop
spec:
  template:
    spec:
      hostname: web
      containers:
        - name: web
          resources:
            limits: {cpu: 500m, memory: 128Mi}
"""

FILES: dict[str, str] = {
    "kubernetes/deployment.yaml": KUBERNETES,
    "kubernetes/several.yaml": f"---\n{KUBERNETES}---\n{KUBERNETES}---\nname: a\n---\nresources: []\n",
    "kubernetes/kustomization.yaml": """\
        resources:
          - deployment.yaml
          - service.yaml
        namespace: shop
        """,
    "kubernetes/containers.yaml": """\
        - name: web
          resources:
            limits: {memory: 1Gi}
          zone: a
        - name: db
          resources: {}
        """,
    "helm/values.yaml": """\
        replicaCount: 1
        image:
          repository: nginx
        name: web
        hostname: shop.example.com
        tags: [web]
        resources:
          requests:
            memory: 64Mi
        """,
    "helm/templates/ingress.yaml": """\
        {{- if .Values.ingress.enabled -}}
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: {{ include "shop.fullname" . }}
          resources: {{ "name:" }}
        {{- end }}
        """,
    "helm/Chart.yaml": """\
        apiVersion: v2
        name: shop
        description: A shop
        version: 0.1.0
        """,
    "ansible/playbook.yml": """\
        - name: Set up
          hosts: all
          tags: [web]
          tasks:
            - name: Install
              ansible.builtin.apt: {name: nginx}
        """,
    "ansible/host_vars/db-1.yml": """\
        ansible_host: 192.0.2.7
        data_center: london
        hostname: db-1
        description: the database
        roles: [postgres]
        """,
    "ansible/vault.yml": """\
        password: !vault |
          $ANSIBLE_VAULT;1.1;AES256
          6132
        """,
    "compose.yaml": """\
        name: shop
        x-common: &common
          restart: always
        services:
          web:
            <<: *common
            image: nginx
            hostname: web
            deploy: {resources: {limits: {memory: 50M}}}
        """,
    ".github/workflows/ci.yml": """\
        name: CI
        on: [push]
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
        """,
    ".gitlab-ci.yml": """\
        stages: [test]
        test:
          stage: test
          tags: [docker]
          script: !reference [.shared, script]
        """,
    "azure-pipelines.yml": """\
        name: $(Date:yyyyMMdd)
        resources:
          repositories:
            - repository: shared
        trigger: [main]
        pool: {vmImage: ubuntu-latest}
        steps: []
        """,
    "concourse.yml": """\
        resources:
          - name: source
            type: git
        groups: []
        jobs:
          - name: test
            tags: [a]
        """,
    "heat.yaml": """\
        heat_template_version: 2021-04-16
        description: A server
        parameters: {}
        resources:
          server:
            type: OS::Nova::Server
            properties: {name: web, description: x}
        """,
    "cloudformation.yaml": """\
        AWSTemplateFormatVersion: "2010-09-09"
        Description: A bucket
        Resources:
          Bucket:
            Type: AWS::S3::Bucket
            Properties: {BucketName: !Sub "${AWS::StackName}-x"}
        """,
    "Pulumi.yaml": """\
        name: shop
        runtime: yaml
        description: A shop
        resources:
          bucket:
            type: aws:s3:Bucket
        """,
    "deployment-manager.yaml": """\
        imports: [{path: vm.jinja}]
        resources:
          - name: vm
            type: vm.jinja
            properties: {zone: europe-west1-b}
        """,
    "gcloud-instance.yaml": """\
        cpuPlatform: Intel
        description: ''
        name: web-1
        networkInterfaces: [{network: default}]
        tags: {items: [web]}
        zone: https://www.googleapis.com/compute/v1/projects/x/zones/europe-west1-b
        """,
    "sky.yaml": """\
        name: train
        resources:
          accelerators: A100
          memory: 32+
        setup: pip install -r requirements.txt
        run: python train.py
        """,
    "serverless.yml": """\
        service: shop
        provider: {name: aws}
        functions: {}
        resources:
          Resources: {}
        """,
    "cloud-init.yaml": """\
        #cloud-config
        hostname: web-1
        users: [default]
        packages: [nginx]
        """,
    "openapi.yaml": """\
        openapi: 3.1.0
        info: {title: Shop, version: "1"}
        tags: [{name: shop, description: x}]
        paths: {}
        """,
    "mkdocs.yml": """\
        site_name: docs
        markdown_extensions:
          - pymdownx.emoji:
              emoji_index: !!python/name:material.extensions.emoji.twemoji
        """,
    "i18n/en.yaml": """\
        en:
          name: Name
          description: Description
          resources: Resources
          data_center: Data center
        """,
    "dns-zone.yaml": """\
        zone: example.com
        ttl: 300
        records: []
        """,
    "list.yaml": "- a\n- b\n",
    "scalar.yaml": "just a sentence, in which resources: and name: occur\n",
    "broken.yaml": "a: [1, 2\nb: }\n\tc: d\n",
    "empty.yaml": "",
    "comment.yaml": "# resources:\n# name: web\n# data_center:\n",
    "anchors.yaml": "base: &base {a: 1}\nother: *base\n",
    "directive.yaml": "%YAML 1.1\n---\n!!map\na: b\n",
    "package.json": '{"name": "shop", "version": "1.0.0", "description": "x", "dependencies": {}}',
    "package-lock.json": '{"name": "shop", "lockfileVersion": 3, "packages": {"": {"name": "shop"}}}',
    "tsconfig.json": '{\n  // strict\n  "compilerOptions": {"strict": true,},\n}\n',
    "composer.json": '{"name": "a/b", "description": "x", "require": {}}',
    "datapackage.json": """\
        {
          "name": "figures",
          "title": "Figures",
          "description": "x",
          "licenses": [],
          "resources": [{"name": "a", "path": "a.csv"}]
        }
        """,
    "arm-template.json": """\
        {
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0",
          "parameters": {},
          "resources": [{"name": "vm", "tags": {}, "zones": ["1"]}]
        }
        """,
    "terraform.tfstate.json": """\
        {
          "version": 4,
          "terraform_version": "1.9.0",
          "resources": [
            {"type": "katapult_virtual_machine", "name": "web",
             "instances": [{"attributes": {"hostname": "web", "disk_template": "x", "zone": null}}]}
          ]
        }
        """,
    "virtual-machine.json": """\
        {
          "virtual_machine": {
            "id": "vm_Q3k1LZddqvzMH21b", "name": "web", "hostname": "web", "description": "x",
            "zone": {"id": "zone_x"}, "group": null, "tags": [], "network_interfaces": []
          }
        }
        """,
    "openapi.json": '{"openapi": "3.0.0", "info": {"description": "x"}, "tags": [], "paths": {}}',
    "composed-by-hand.json": '{"a": 1,\n "b": [1, 2,\n',
    "list.json": '[\n  {"name": "a", "resources": {}},\n  {"name": "b", "zone": {}, "data_center": {}}\n]\n',
    "text.json": '"resources: name:"',
    "number.json": "12\n",
    "lines.json": '{"name": "a", "zone": 1, "at": 1}\n{"name": "b", "zone": 2, "at": 3}\n',
    "keys-in-texts.json": '{"a": "\\"resources\\": {}, \\"name\\": 1, \\"data_center\\": 2"}',
    "pom.xml": """\
        <?xml version="1.0" encoding="UTF-8"?>
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <name>shop</name>
          <!-- <VirtualMachineSpec/> -->
        </project>
        """,
    "icon.svg": """\
        <?xml version="1.0" standalone="no"?>
        <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
        <svg xmlns="http://www.w3.org/2000/svg"><desc>VirtualMachineSpec</desc></svg>
        """,
    "page.xhtml": """\
        <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1-strict.dtd">
        <html xmlns="http://www.w3.org/1999/xhtml"><body><pre>&lt;VirtualMachineSpec&gt;</pre></body></html>
        """,
    "page.xml": "<!doctype html>\n<html><body><VirtualMachineSpec/></body></html>\n",
    "Info.plist": """\
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <plist version="1.0"><dict><key>name</key></dict></plist>
        """,
    "feed.xml": '<rss version="2.0"><channel><title>News</title></channel></rss>',
    "config.xml": '<!DOCTYPE config [\n<!ENTITY a "]>">\n<!ENTITY b "&a;">\n]>\n<config>&b;</config>\n',
    "embedded.xml": '<case xmlns:v="urn:x"><v:VirtualMachineSpec/><VirtualMachineSpec/></case>',
    "specs.xml": "<VirtualMachineSpecs><VirtualMachineSpec/></VirtualMachineSpecs>",
    "lower.xml": "<virtualmachinespec/>",
    "broken.xml": "<a><b></a>",
    "only-a-comment.xml": "<!-- <VirtualMachineSpec> ",
    "text.xml": "nothing here\n<VirtualMachineSpec/>\n",
    "empty.xml": "",
    "blank.json": " \n",
}

LARGE = json.dumps([{"name": f"item {number}", "resources": {"zone": number}} for number in range(100_000)])

BYTES: dict[str, bytes] = {
    "utf-16.xml": '<?xml version="1.0" encoding="UTF-16"?>\n<config/>\n'.encode("utf-16"),
    "utf-16-big-endian.xml": b"\xfe\xff" + "<config/>".encode("utf-16-be"),
    "utf-16.json": '{"name": "a", "resources": []}'.encode("utf-16"),
    "utf-16-without-mark.yaml": "name: a\nresources: b\n".encode("utf-16-le"),
    "latin-1.xml": '<?xml version="1.0" encoding="ISO-8859-1"?><config name="é"/>'.encode("latin-1"),
    "latin-1.yaml": "größe: 1\n".encode("latin-1"),
    "binary.json": bytes(range(256)) * 64,
    "nul.xml": b"\0" * 4096,
    "large.json": LARGE.encode(),
    "large.yaml": b"- name: a\n  resources: {}\n" * 100_000,
    "large.xml": b"<rows>" + b'<row name="a"/>' * 200_000 + b"</rows>",
}

FOREIGN: dict[str, bytes] = {name: dedent(text).encode() for name, text in FILES.items()} | BYTES
"""Foreign files, by name."""

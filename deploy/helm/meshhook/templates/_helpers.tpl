{{- define "meshhook.selector" -}}
app.kubernetes.io/name: meshhook
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "meshhook.labels" -}}
{{ include "meshhook.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "meshhook.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The secrets, which every process on one database shares. */}}
{{- define "meshhook.secrets" -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: database-url } }
- name: MESHHOOK_ADMIN_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: admin-key } }
- name: MESHHOOK_SECRET_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.existingSecret | quote }}, key: secret-key } }
{{- end }}

{{- define "meshhook.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "meshhook.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

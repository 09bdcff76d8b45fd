;; Prints what Emacs shows of the file in PROTOLINT_FILE, a line of JSON for each finding.

(package-initialize)
(load (getenv "PROTOLINT_CONFIGURATION") nil t)
(setq eglot-sync-connect 60
      eglot-connect-timeout 60)
(find-file (getenv "PROTOLINT_FILE"))
(unless (eq major-mode 'prototxt-mode)
  (error "Not in prototxt-mode"))
(call-interactively #'eglot)  ; as the hook does once Emacs waits for a key
(flymake-start)
(let ((until (+ (float-time) 60)))
  (while (and (< (float-time) until) (not (flymake-diagnostics)))
    (accept-process-output nil 0.1)))
(dolist (found (flymake-diagnostics))
  (let ((begin (flymake-diagnostic-beg found))
        (text (flymake-diagnostic-text found)))
    (save-excursion
      (goto-char begin)
      (princ (format "[%d, %d, %S]\n"
                     (line-number-at-pos)
                     (1+ (current-column))
                     (and (string-match "\\[\\([A-Z]+[0-9]+\\)\\]" text)
                          (match-string 1 text)))))))
(eglot-shutdown (eglot-current-server))

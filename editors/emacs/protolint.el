;;; protolint.el --- Caffe's prototxt files with protolint  -*- lexical-binding: t; -*-

;; A mode for prototxt files, and `protolint server' as its language server in Eglot, which comes
;; with Emacs 29; for Emacs 26 to 28 it is in GNU ELPA.

;;; Code:

(require 'eglot)

(defvar prototxt-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\' "\"" table)
    (modify-syntax-entry ?_ "w" table)
    table))

(defvar prototxt-font-lock-keywords
  '(("\\_<\\([A-Za-z_]\\w*\\)\\s-*:?\\s-*[{<]" 1 font-lock-type-face)
    ("\\_<\\([A-Za-z_]\\w*\\)\\s-*:" 1 font-lock-variable-name-face)
    ("\\_<\\(?:true\\|false\\|[A-Z][A-Z0-9_]*\\)\\_>" . font-lock-constant-face)))

;;;###autoload
(define-derived-mode prototxt-mode prog-mode "Prototxt"
  "Major mode for Caffe's solver and net prototxt files."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+\\s-*")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'prototxt-indent-line)
  (setq-local font-lock-defaults '(prototxt-font-lock-keywords)))

(defun prototxt-indent-line ()
  "Indent the line by two blanks for each block that is open at it."
  (let ((depth (save-excursion
                 (back-to-indentation)
                 (- (car (syntax-ppss)) (if (looking-at "[]}]") 1 0)))))
    (save-excursion (indent-line-to (* 2 (max 0 depth))))
    (when (< (current-column) (current-indentation))
      (back-to-indentation))))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.prototxt\\'" . prototxt-mode))
(add-to-list 'eglot-server-programs '(prototxt-mode . ("protolint" "server")))
(add-hook 'prototxt-mode-hook #'eglot-ensure)

(provide 'protolint)
;;; protolint.el ends here

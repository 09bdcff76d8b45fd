"""Nets and solvers made to be slow to check, each by its size."""

# ruff: noqa: E501, UP031  (a shape is one line, as short as can be)
from __future__ import annotations

D = 'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'

SHAPES = {
    "fields": lambda n: 'input: "x"\n' * n,
    "shared blob": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Convolution" bottom: "d" top: "t{i}" convolution_param {{ num_output: 2 kernel_size: 3 weight_filler {{ type: "xavier" }} }} }}\n'
            for i in range(n)
        )
    ),
    "in place": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(f'layer {{ name: "l{i}" type: "ReLU" bottom: "d" top: "d" }}\n' for i in range(n))
    ),
    "chain": lambda n: (
        'layer { name: "d0" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "InnerProduct" bottom: "d{i}" top: "d{i + 1}" inner_product_param {{ num_output: {i % 7 + 1} }} }}\n'
            for i in range(n)
        )
    ),
    "same top": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "Input" top: "d" input_param {{ shape {{ dim: 1 }} }} }}\n'
        for i in range(n)
    ),
    "same name": lambda n: "".join(
        f'layer {{ name: "l" type: "Input" top: "d{i}" input_param {{ shape {{ dim: 1 }} }} }}\n'
        for i in range(n)
    ),
    "same layer": lambda n: 'layer { name: "l" type: "Concat" top: "d" bottom: "d" }\n' * n,
    "unknown types": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "T{i}" bottom: "d" top: "d{i}" }}\n' for i in range(n)
    ),
    "unknown fields": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "ReLU" bottom: "d{i}" top: "d{i + 1}" fo{i}: 1 }}\n'
        for i in range(n)
    ),
    "unknown bottoms": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "ReLU" bottom: "e{i}" top: "d{i}" }}\n' for i in range(n)
    ),
    "concat": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\nlayer { name: "c" type: "Concat" top: "c"\n'
        + 'bottom: "d"\n' * n
        + "}\n"
    ),
    "slice": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: %d } } }\nlayer { name: "c" type: "Slice" bottom: "d"\n'
        % n
        + "".join(f'top: "t{i}"\n' for i in range(n))
        + "}\n"
    ),
    "slice silence": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: %d } } }\nlayer { name: "c" type: "Slice" bottom: "d"\n'
        % n
        + "".join(f'top: "t{i}"\n' for i in range(n))
        + '}\nlayer { name: "s" type: "Silence"\n'
        + "".join(f'bottom: "t{i}"\n' for i in range(n))
        + "}\n"
    ),
    "dims": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape {'
        + " dim: 1" * n
        + ' } } }\nlayer { name: "r" type: "ReLU" bottom: "d" top: "e" }\n'
    ),
    "include rules": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 } } \n'
        + 'include { phase: TRAIN stage: "a" }\n' * n
        + "}\n"
    ),
    "stages": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "Input" top: "d{i}" input_param {{ shape {{ dim: 1 }} }} include {{ stage: "s{i}" }} }}\n'
        for i in range(n)
    ),
    "params": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'
        'layer { name: "c" type: "InnerProduct" bottom: "d" top: "e" inner_product_param { num_output: 3 }\n'
        + "param { lr_mult: 1 }\n" * n
        + "}\n"
    ),
    "shared params": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "c{i}" type: "InnerProduct" bottom: "d" top: "e{i}" inner_product_param {{ num_output: 3 }} param {{ name: "w" }} }}\n'
            for i in range(n)
        )
    ),
    "stepvalues": lambda n: (
        'base_lr: 0.1\nlr_policy: "multistep"\nmax_iter: 1000\ngamma: 0.9\n'
        + "".join(f"stepvalue: {i}\n" for i in range(n))
    ),
    "test nets": lambda n: (
        'base_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 1000\n'
        + 'test_iter: 1\ntest_net_param { name: "x" }\n' * n
        + 'net_param { name: "x" }\ntest_interval: 5\n'
    ),
    "test states": lambda n: (
        'base_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 1000\nnet_param { name: "x" }\ntest_interval: 5\n'
        + "".join(f'test_iter: 1\ntest_state {{ stage: "s{i}" }}\n' for i in range(n))
    ),
    "v1": lambda n: "".join(
        f'layers {{ name: "l{i}" type: RELU bottom: "d{i}" top: "d{i + 1}" }}\n' for i in range(n)
    ),
    "v0": lambda n: "".join(
        f'layers {{ layer {{ name: "l{i}" type: "relu" }} bottom: "d{i}" top: "d{i + 1}" }}\n'
        for i in range(n)
    ),
    "v0 padding": lambda n: (
        'input: "d0" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n'
        + "".join(
            f'layers {{ layer {{ name: "p{i}" type: "padding" pad: 1 }} bottom: "d{i}" top: "p{i}" }}\nlayers {{ layer {{ name: "c{i}" type: "conv" num_output: 2 kernelsize: 3 }} bottom: "p{i}" top: "d{i + 1}" }}\n'
            for i in range(n // 2)
        )
    ),
    "inputs": lambda n: "".join(f'input: "a{i}"\ninput_shape {{ dim: 1 }}\n' for i in range(n)),
    "long comments": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 } } }\n'
        + "# protolint: ignore[GRF001] because\n" * n
    ),
    "ignores": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "ReLU" bottom: "e{i}" top: "d{i}" }} # protolint: ignore[GRF001]\n'
        for i in range(n)
    ),
    "off on": lambda n: "".join(
        f'# protolint: off[GRF001]\nlayer {{ name: "l{i}" type: "ReLU" bottom: "e{i}" top: "d{i}" }}\n# protolint: on[GRF001]\n'
        for i in range(n)
    ),
    "one line": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "ReLU" bottom: "e{i}" top: "d{i}" }} ' for i in range(n)
    ),
    "long string": lambda n: (
        'layer { name: "%s" type: "ReLU" bottom: "d" top: "e" }\n' % ("x" * n * 20)
    ),
    "long type": lambda n: (
        'layer { name: "x" type: "%s" bottom: "d" top: "e" }\n' % ("Re" * n * 20)
    ),
    "long field": lambda n: (
        'layer { name: "x" type: "ReLU" bottom: "d" top: "e" %s: 1 }\n' % ("re" * n * 20)
    ),
    "long enum": lambda n: (
        'layer { name: "x" type: "Pooling" bottom: "d" top: "e" pooling_param { pool: %s } }\n'
        % ("MA" * n * 20)
    ),
    "long policy": lambda n: (
        'base_lr: 0.1\nmax_iter: 100\nlr_policy: "%s"\nnet_param { }\n' % ("st" * n * 20)
    ),
    "splits": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Eltwise" bottom: "d" bottom: "d" top: "e{i}" }}\n'
            for i in range(n)
        )
    ),
    "reshape": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\nlayer { name: "r" type: "Reshape" bottom: "d" top: "e" reshape_param { shape {'
        + " dim: 0" * n
        + " } } }\n"
    ),
    "losses": lambda n: (
        'layer { name: "d" type: "Input" top: "d" top: "y" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "SoftmaxWithLoss" bottom: "d" bottom: "y" top: "loss" }}\n'
            for i in range(n)
        )
    ),
    "fillers": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "Convolution" bottom: "d" top: "t{i}" convolution_param {{ num_output: 2 kernel_size: 3 weight_filler {{ type: "gaussian" std: {i} }} }} }}\n'
        for i in range(n)
    ),
    "fork types": lambda n: "".join(
        f'layer {{ name: "l{i}" type: "{["Permute", "Interp", "Normalize", "PriorBox", "ROIPooling", "BN"][i % 6]}" bottom: "d" top: "t{i}" }}\n'
        for i in range(n)
    ),
    "branching": lambda n: (
        'layer { name: "d" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Eltwise" bottom: "d{i}" bottom: "d{i}" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "n tops n bottoms same": lambda n: (
        'layer { name: "l" type: "ReLU" ' + 'bottom: "d" ' * n + 'top: "d" ' * n + "}"
    ),
    "n tops twice": lambda n: (
        'layer { name: "l" type: "Input" ' + "".join(f'top: "d{i}" ' for i in range(n)) * 2 + "}"
    ),
    "n in place in one": lambda n: (
        'layer { name: "i" type: "Input" '
        + "".join(f'top: "d{i}" ' for i in range(n))
        + '}\nlayer { name: "l" type: "X" '
        + "".join(f'bottom: "d{i}" ' for i in range(n))
        + "".join(f'top: "d{n - 1 - i}" ' for i in range(n))
        + "}"
    ),
    "n in place in one ok": lambda n: (
        'layer { name: "i" type: "Input" '
        + "".join(f'top: "d{i}" ' for i in range(n))
        + '}\nlayer { name: "l" type: "Split" '
        + "".join(f'bottom: "d{i}" ' for i in range(n))
        + "".join(f'top: "d{i}" ' for i in range(n))
        + "}"
    ),
    "v0 fold": lambda n: (
        'input: "d" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\nlayers { layer { name: "p" type: "padding" pad: 1 } bottom: "d" top: "p" }\nlayers { layer { name: "c" type: "concat" } top: "e" '
        + 'bottom: "p" ' * n
        + "}"
    ),
    "v0 unknown padding": lambda n: "".join(
        f'layers {{ layer {{ name: "p{i}" type: "padding" pad: 1 }} bottom: "x{i}" top: "p{i}" }}\n'
        for i in range(n)
    ),
    "missing, stage": lambda n: (
        D
        + "".join(
            f'layer {{ name: "m{i}" type: "Input" top: "m{i}" include {{ phase: TRAIN }} }}\nlayer {{ name: "r{i}" type: "ReLU" bottom: "m{i}" top: "n{i}" }}\n'
            for i in range(n)
        )
    ),
    "one layer many stages": lambda n: (
        D.replace("}\n", "", 1)
        + 'layer { name: "x" type: "ReLU" bottom: "d" top: "y" include { '
        + "".join(f'stage: "s{i}" ' for i in range(n))
        + "} }"
    ),
    "ignore above": lambda n: (
        D
        + "".join(
            f'# protolint: ignore[GRF001]\nlayer {{ name: "m{i}" type: "ReLU" bottom: "x{i}" top: "m{i}" }}\n'
            for i in range(n)
        )
    ),
    "ignore-file": lambda n: (
        "# protolint: ignore-file[GRF001]\n" * n
        + "".join(
            f'layer {{ name: "m{i}" type: "ReLU" bottom: "x{i}" top: "m{i}" }}\n' for i in range(n)
        )
    ),
    "unknown words": lambda n: "".join(f"# protolint: ignore[GRX{i}]\n" for i in range(n)) + D,
    "inputs ignored": lambda n: (
        "".join(f'input: "a{i}"\n' for i in range(n))
        + "".join(
            f'layer {{ name: "m{i}" type: "ReLU" bottom: "a{i}" top: "m{i}" }}\n' for i in range(n)
        )
    ),
    "losses ok": lambda n: (
        'layer { name: "d" type: "Input" top: "d" top: "y" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "SoftmaxWithLoss" bottom: "d" bottom: "y" top: "loss{i}" loss_weight: 1 }}\n'
            for i in range(n)
        )
    ),
    "loss weights": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "ReLU" bottom: "d" top: "d" loss_weight: 1 }}\n'
            for i in range(n)
        )
    ),
    "made again, all read": lambda n: (
        D
        + "".join(
            f'layer {{ name: "r{i}" type: "ReLU" bottom: "d" top: "r{i}" }}\n' for i in range(n)
        )
        + "".join(f'layer {{ name: "o{i}" type: "ReLU" bottom: "d" top: "d" }}\n' for i in range(n))
    ),
    "in place, loss": lambda n: (
        D
        + "".join(
            f'layer {{ name: "r{i}" type: "Dropout" bottom: "d" top: "d" }}\n' for i in range(n)
        )
        + 'layer { name: "s" type: "EuclideanLoss" bottom: "d" bottom: "d" top: "l" }\n'
    ),
    "conv chain": lambda n: (
        'layer { name: "d" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Convolution" bottom: "d{i}" top: "d{i + 1}" convolution_param {{ num_output: 3 pad: 1 kernel_size: 3 weight_filler {{ type: "xavier" }} }} }}\nlayer {{ name: "b{i}" type: "BatchNorm" bottom: "d{i + 1}" top: "d{i + 1}" }}\nlayer {{ name: "s{i}" type: "Scale" bottom: "d{i + 1}" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "residual": lambda n: (
        'layer { name: "d" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Convolution" bottom: "d{i}" top: "e{i}" convolution_param {{ num_output: 3 pad: 1 kernel_size: 3 }} }}\nlayer {{ name: "b{i}" type: "Eltwise" bottom: "d{i}" bottom: "e{i}" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "all read all": lambda n: (
        'layer { name: "d" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Concat" bottom: "d{i}" bottom: "d0" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "concat dense": lambda n: (
        'layer { name: "d" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }\nlayer { name: "c" type: "Concat" top: "c" '
        + "".join('bottom: "d0" ' for i in range(n))
        + "}\n"
        + "".join(
            f'layer {{ name: "l{i}" type: "ReLU" bottom: "c" top: "r{i}" }}\n' for i in range(n)
        )
    ),
    "silence all, eltwise all": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 3 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "InnerProduct" bottom: "d" top: "r{i}" inner_product_param {{ num_output: 4 }} }}\n'
            for i in range(n)
        )
        + 'layer { name: "e" type: "Eltwise" top: "e" '
        + "".join(f'bottom: "r{i}" ' for i in range(n))
        + "}\n"
    ),
    "param names": lambda n: (
        D
        + "".join(
            f'layer {{ name: "c{i}" type: "InnerProduct" bottom: "d" top: "e{i}" inner_product_param {{ num_output: {i + 1} }} param {{ name: "w" }} param {{ name: "b{i}" }} }}\n'
            for i in range(n)
        )
    ),
    "one layer params": lambda n: (
        D
        + 'layer { name: "c" type: "InnerProduct" bottom: "d" top: "e" inner_product_param { num_output: 3 } '
        + "".join(f'param {{ name: "w{i % 2}" }} ' for i in range(n))
        + "}"
    ),
    "recurrent": lambda n: (
        D
        + "".join(
            f'layer {{ name: "c{i}" type: "LSTM" bottom: "d" bottom: "d" top: "e{i}" recurrent_param {{ num_output: 2 }} }}\n'
            for i in range(n)
        )
    ),
    "long name unknown": lambda n: (
        D
        + f'layer {{ name: "x" type: "Input" top: "{"ab" * 20 * n}" }}\nlayer {{ name: "c" type: "ReLU" bottom: "{"ba" * 20 * n}" top: "e" }}\n'
    ),
    "v1 types": lambda n: "".join(
        f'layers {{ name: "l{i}" type: RELV{i} bottom: "d{i}" top: "d{i + 1}" }}\n'
        for i in range(n)
    ),
    "policies": lambda n: (
        'net_param { name: "x" }\nbase_lr: 0.1\nmax_iter: 1000\n'
        + "".join(f'lr_policy: "st{i}"\n' for i in range(n))
    ),
    "dup fields": lambda n: 'net_param { name: "x" }\nbase_lr: 0.1\n' + "max_iter: 1000\n" * n,
    "crop": lambda n: (
        'layer { name: "d" type: "Input" top: "d0" input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }\n'
        + "".join(
            f'layer {{ name: "l{i}" type: "Crop" bottom: "d{i}" bottom: "d0" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "exp chain": lambda n: (
        D.replace('"d" input', '"d0" input').replace('top: "d"', 'top: "d0"')
        + "".join(
            f'layer {{ name: "l{i}" type: "Exp" bottom: "d{i}" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "log chain": lambda n: (
        D.replace('top: "d"', 'top: "d0"')
        + "".join(
            f'layer {{ name: "l{i}" type: "Log" bottom: "d{i}" top: "d{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "exp sums": lambda n: (
        D.replace('top: "d"', 'top: "e0"')
        + "".join(
            f'layer {{ name: "l{i}" type: "Exp" bottom: "e0" top: "d{i}" }}\nlayer {{ name: "s{i}" type: "Eltwise" bottom: "e{i}" bottom: "d{i}" top: "e{i + 1}" }}\n'
            for i in range(n)
        )
    ),
    "reshape chain in place": lambda n: (
        D.replace('top: "d"', 'top: "d0"')
        + "".join(
            f'layer {{ name: "l{i}" type: "Reshape" bottom: "d{i}" top: "d{i + 1}" reshape_param {{ shape {{ dim: 1 dim: 3 }} }} }}\n'
            for i in range(n)
        )
        + "".join(
            f'layer {{ name: "r{i}" type: "ReLU" bottom: "d{i}" top: "d{i}" }}\n'
            for i in range(n, 0, -1)
        )
    ),
    "split in place": lambda n: (
        D
        + 'layer { name: "s" type: "Split" bottom: "d" '
        + "".join(f'top: "s{i}" ' for i in range(n))
        + "}\n"
        + "".join(
            f'layer {{ name: "r{i}" type: "ReLU" bottom: "s{i}" top: "s{i}" }}\n' for i in range(n)
        )
    ),
    "reshape chain losses": lambda n: (
        D.replace('top: "d"', 'top: "d0" top: "y"')
        + "".join(
            f'layer {{ name: "l{i}" type: "Reshape" bottom: "d{i}" top: "d{i + 1}" reshape_param {{ shape {{ dim: 1 dim: 3 }} }} }}\nlayer {{ name: "x{i}" type: "SoftmaxWithLoss" bottom: "d{i + 1}" bottom: "y" top: "z{i}" }}\n'
            for i in range(n)
        )
    ),
    "accuracies": lambda n: (
        D.replace('top: "d"', 'top: "d" top: "y"')
        + "".join(
            f'layer {{ name: "x{i}" type: "SoftmaxWithLoss" bottom: "d" bottom: "y" top: "z{i}" loss_param {{ ignore_label: {i} }} }}\nlayer {{ name: "a{i}" type: "Accuracy" bottom: "d" bottom: "y" top: "q{i}" }}\n'
            for i in range(n)
        )
    ),
    "kernel sizes": lambda n: (
        'layer { name: "d" type: "Input" top: "d" input_param { shape { '
        + "dim: 2 " * n
        + ' } } }\nlayer { name: "c" type: "Convolution" bottom: "d" top: "e" convolution_param { num_output: 3 axis: 1 '
        + "kernel_size: 1 " * (n - 2)
        + "} }"
    ),
}

"""
The training step once more, in PyTorch and in the plain form that a reader of the paper would write: enlarge, then
convolve; convolve, then average; joined maps; one pass for each use. It writes the fixtures that the tests of this
folder compare Sprout's step with.

    python -m venv venv && venv/bin/pip install torch==2.13.0 numpy
    venv/bin/python tests/oracle/reference.py

Everything is computed in float64 from inputs that are float32. Tensors are stored in Sprout's layouts.
"""
import functools
import itertools
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
FIXTURES = pathlib.Path(__file__).parent / "fixtures"
LATENT, BATCH, GROUP = 8, 8, 4
LEARNING_RATE, BETA2, EPSILON, DECAY = 1e-3, 0.99, 1e-8, 0.999
STEPS = 5
# A leaky ReLU's argument nearer to 0 than this, relative to the largest beside it, may have either sign in float32.
UNDECIDED = 5e-7


def feature_maps(most, resolution):
    return min(4 * most // (resolution // 2), most)


def pixel_norm(x):
    return x / torch.sqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class BatchNorm(nn.Module):
    """Batch normalisation as a generator in training has it; its running statistics move when it is told to keep them."""

    def __init__(self, maps):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(maps))
        self.shift = nn.Parameter(torch.zeros(maps))
        self.mean, self.variance = torch.zeros(maps), torch.ones(maps)

    def forward(self, x, keep):
        running = (self.mean, self.variance) if keep else (None, None)
        return F.batch_norm(x, *running, self.scale, self.shift, training=True, momentum=0.1, eps=1e-5)


# How near to 0 arguments of leaky ReLUs came, each call's nearest relative to its largest.
nearest = []


def leaky(x):
    sizes = x.detach().abs()
    nearest.append((sizes.min() / sizes.max()).item())
    return F.leaky_relu(x, 0.2)


def upsample(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


class Scaled(nn.Module):
    """A convolution (or dense layer) with an equalised learning rate; the bias can be left to the caller."""

    def __init__(self, inputs, outputs, size=None, gain=math.sqrt(2)):
        super().__init__()
        kernel = () if size is None else (size, size)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, *kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(self.weight[0].numel())
        self.size = size

    def without_bias(self, x):
        if self.size is None:
            return F.linear(x, self.weight * self.scale)
        return F.conv2d(x, self.weight * self.scale, padding=self.size // 2)

    def add_bias(self, y):
        return y + (self.bias if self.size is None else self.bias.view(1, -1, 1, 1))

    def forward(self, x):
        return self.add_bias(self.without_bias(x))


class Generator(nn.Module):
    def __init__(self, most, resolution, channels, fade, classes=0, batch_norm=False):
        super().__init__()
        self.resolution, self.fade = resolution, fade
        maps = functools.partial(feature_maps, most)
        layers = {"4x4/dense": Scaled(2 * LATENT if classes else LATENT, 16 * maps(4), gain=math.sqrt(2) / 4)}
        layers["4x4/dense"].bias = nn.Parameter(torch.zeros(maps(4)))
        layers["4x4/conv"] = Scaled(maps(4), maps(4), 3)
        r = 8
        while r <= resolution:
            layers[f"{r}x{r}/conv0"] = Scaled(maps(r // 2), maps(r), 3)
            layers[f"{r}x{r}/conv1"] = Scaled(maps(r), maps(r), 3)
            r *= 2
        for r in [resolution // 2, resolution] if fade else [resolution]:
            layers[f"{r}x{r}/toRGB"] = Scaled(maps(r), channels, 1, gain=1)
        self.layers = nn.ModuleDict(layers)
        if classes:
            self.label = nn.Embedding(classes, LATENT)
        normed = [name for name in layers if not name.endswith("toRGB")]
        biases = {name: layers[name].bias.numel() for name in normed}
        self.norms = nn.ModuleDict({name: BatchNorm(biases[name]) for name in normed} if batch_norm else {})

    def forward(self, z, alpha, labels=None, keep=False):
        layers = self.layers

        def norm(x, name):
            return self.norms[name](x, keep) if self.norms else pixel_norm(x)

        z = pixel_norm(z)
        if labels is not None:
            z = torch.cat([z, pixel_norm(self.label(labels))], dim=1)
        x = layers["4x4/dense"].without_bias(z).unflatten(1, (-1, 4, 4))
        x = norm(leaky(x + layers["4x4/dense"].bias.view(1, -1, 1, 1)), "4x4/dense")
        x = norm(leaky(layers["4x4/conv"](x)), "4x4/conv")
        r, below = 8, None
        while r <= self.resolution:
            below = x
            x = norm(leaky(layers[f"{r}x{r}/conv0"](upsample(x))), f"{r}x{r}/conv0")
            x = norm(leaky(layers[f"{r}x{r}/conv1"](x)), f"{r}x{r}/conv1")
            r *= 2
        r = self.resolution
        images = layers[f"{r}x{r}/toRGB"](x)
        if not self.fade:
            return images
        return torch.lerp(upsample(layers[f"{r // 2}x{r // 2}/toRGB"](below)), images, alpha)


def minibatch_deviation(x):
    n, c, h, w = x.shape
    groups = x.view(GROUP, n // GROUP, c, h, w)
    deviation = torch.sqrt(groups.var(dim=0, correction=0) + 1e-8).mean(dim=(1, 2, 3))
    return torch.cat([x, deviation.repeat(GROUP).view(n, 1, 1, 1).expand(n, 1, h, w)], dim=1)


class Discriminator(nn.Module):
    def __init__(self, most, resolution, channels, fade, classes=0):
        super().__init__()
        self.resolution, self.fade = resolution, fade
        maps = functools.partial(feature_maps, most)
        layers = {}
        for r in [resolution, resolution // 2] if fade else [resolution]:
            layers[f"{r}x{r}/fromRGB"] = Scaled(channels, maps(r), 1)
        r = resolution
        while r >= 8:
            layers[f"{r}x{r}/conv0"] = Scaled(maps(r), maps(r), 3)
            layers[f"{r}x{r}/conv1"] = Scaled(maps(r), maps(r // 2), 3)
            r //= 2
        layers["4x4/conv"] = Scaled(maps(4) + 1, maps(4), 3)
        layers["4x4/dense0"] = Scaled(16 * maps(4), maps(4))
        layers["4x4/dense1"] = Scaled(maps(4), 1, gain=1)
        self.layers = nn.ModuleDict(layers)
        if classes:
            self.projection = nn.Embedding(classes, maps(4))

    def forward(self, images, alpha, labels=None):
        layers, r = self.layers, self.resolution
        x = leaky(layers[f"{r}x{r}/fromRGB"](images))
        while r >= 8:
            x = leaky(layers[f"{r}x{r}/conv0"](x))
            down = layers[f"{r}x{r}/conv1"]
            x = leaky(down.add_bias(F.avg_pool2d(down.without_bias(x), 2)))
            if self.fade and r == self.resolution:
                low = leaky(layers[f"{r // 2}x{r // 2}/fromRGB"](F.avg_pool2d(images, 2)))
                x = torch.lerp(low, x, alpha)
            r //= 2
        x = leaky(layers["4x4/conv"](minibatch_deviation(x)))
        x = leaky(layers["4x4/dense0"](x.flatten(1)))
        scores = layers["4x4/dense1"](x)
        if labels is None:
            return scores
        vectors = self.projection(labels) / math.sqrt(x.shape[1])
        return scores + (vectors * x).sum(dim=1, keepdim=True)


def discriminator_loss(loss, D, reals, fakes, mix, alpha, labels=None, augment=None):
    T = augment or NOTHING
    real, fake = D(T["reals"](reals), alpha, labels), D(T["fakes"](fakes), alpha, labels)
    if loss == "wgan-gp":
        mixed = torch.lerp(T["reals"](reals), T["fakes"](fakes), mix).requires_grad_(True)
        (slope,) = torch.autograd.grad(D(mixed, alpha, labels).sum(), mixed, create_graph=True)
        length = torch.sqrt(slope.square().sum(dim=(1, 2, 3)) + 1e-8)
        penalty = (length - 1).square().mean()
        value = fake.mean() - real.mean() + 10 * penalty + 0.001 * real.square().mean()
    else:
        value = F.softplus(fake).mean() + F.softplus(-real).mean()
        if loss == "logistic-r1":
            reals = reals.clone().requires_grad_(True)
            (slope,) = torch.autograd.grad(D(T["reals"](reals), alpha, labels).sum(), reals, create_graph=True)
            value = value + 10 / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
    return value, real.mean(), fake.mean()


def generator_loss(loss, D, fakes, alpha, labels=None, augment=None):
    scores = D((augment or NOTHING)["fakes"](fakes), alpha, labels)
    return -scores.mean() if loss == "wgan-gp" else F.softplus(-scores).mean()


NOTHING = {"reals": lambda images: images, "fakes": lambda images: images}


def augmented(images, numbers):
    """Images [n, c, h, w] after colour, translation and cutout, one picture and one pixel's place at a time."""
    changed = []
    for image, colour, (down, right), (top, left) in zip(images, *numbers):
        rgb, alpha = (image[:3], image[3:]) if image.shape[0] == 4 else (image, image[:0])
        rgb = rgb + colour[0]
        rgb = rgb.mean(0) + (rgb - rgb.mean(0)) * colour[1]
        rgb = rgb.mean() + (rgb - rgb.mean()) * colour[2]
        image = torch.cat([rgb, alpha])
        side = image.shape[1]
        padded = F.pad(image, (side, side, side, side))
        y, x = side - int(down), side - int(right)
        image = padded[:, y : y + side, x : x + side]
        keep = torch.ones(side, side)
        keep[max(0, int(top)) : max(0, int(top) + side // 2), max(0, int(left)) : max(0, int(left) + side // 2)] = 0
        changed.append(image * keep)
    return torch.stack(changed)


def faded_reals(pixels, fade, alpha):
    """uint8 [n, r, r, c] to [n, c, r, r] in [-1, 1], seen through the fade."""
    images = pixels.permute(0, 3, 1, 2) / 127.5 - 1
    if not fade:
        return images
    return torch.lerp(upsample(F.avg_pool2d(images, 2)), images, alpha)


def to_sprout(network, name, tensor):
    """A parameter (or its gradient, or its moment) as Sprout's tensors: [(name, numpy)], in Sprout's layouts."""
    layer, kind = name.removeprefix("layers.").removeprefix("norms.").rsplit(".", 1)
    value = tensor.detach().clone()
    if kind in ("scale", "shift", "mean", "variance"):
        return [(f"{layer}/{kind}", value)]
    if layer in ("label", "projection"):
        return [("label/weight" if layer == "label" else "4x4/projection/weight", value)]
    if kind == "bias":
        return [(f"{layer}/bias", value)]
    # Sprout's maps are [n, h, w, c], so the 16 * c of a dense layer run over pixels first.
    if layer == "4x4/dense":
        return [(f"{layer}/weight", value.unflatten(0, (-1, 4, 4)).permute(3, 1, 2, 0).flatten(1))]
    if layer == "4x4/dense0":
        return [(f"{layer}/weight", value.unflatten(1, (-1, 4, 4)).permute(2, 3, 1, 0).flatten(0, 2))]
    if value.dim() == 2:
        return [(f"{layer}/weight", value.t())]
    if network == "generator" and layer.endswith("/conv0"):
        return [(f"{layer}/weight", value.flip(2, 3).permute(2, 3, 0, 1))]
    value = value.permute(2, 3, 1, 0)
    if network == "discriminator" and layer == "4x4/conv":
        return [(f"{layer}/weight", value[:, :, :-1]), ("4x4/stddev/weight", value[:, :, -1:])]
    return [(f"{layer}/weight", value)]


def all_to_sprout(prefix, network, tensors):
    """Tensors by PyTorch's parameter names as a dictionary of Sprout's, `prefix` before each name."""
    return {
        f"{prefix}{ours}": value
        for name, tensor in tensors.items()
        for ours, value in to_sprout(network, name, tensor)
    }


def parameters(module):
    return dict(module.named_parameters())


def rows_of(turn):
    """The rows of a step's inputs that one of its updates of the discriminator takes."""
    return slice(turn * BATCH, (turn + 1) * BATCH)


def running_statistics(module):
    return {f"norms.{name}.{kind}": getattr(norm, kind) for name, norm in module.norms.items() for kind in ("mean", "variance")}


# What courses train with: lr, betas.
TUTORIAL = (2e-4, (0.5, 0.999))
PAPER = (LEARNING_RATE, (0.0, BETA2))


class Case:
    def __init__(
        self, loss, resolution, fade, channels, maps, seed, classes=0, augment=False, batch_norm=False, critic=1, adam=PAPER
    ):
        torch.manual_seed(seed)
        self.critic, self.adam = critic, adam
        # Rows of one step: a batch for each update of the discriminator.
        rows = critic * BATCH
        self.classes = classes
        self.maps = maps
        self.loss, self.resolution, self.fade, self.channels = loss, resolution, fade, channels
        self.G = Generator(maps, resolution, channels, fade, classes, batch_norm)
        self.D = Discriminator(maps, resolution, channels, fade, classes)
        self.alphas = [0.3 + 0.05 * i for i in range(STEPS)]
        with torch.no_grad():
            for parameter in [*self.G.parameters(), *self.D.parameters()]:
                # Biases away from 0, so that their gradients and places are tested too.
                values = torch.randn_like(parameter) * (0.1 if parameter.dim() == 1 else 1)
                parameter.copy_(values.float())
            for norm in self.G.norms.values():
                norm.scale.add_(1)
                norm.scale.copy_(norm.scale.float())
                for statistic in (norm.mean, norm.variance):
                    statistic.add_(torch.rand_like(statistic) * 0.1)
                    statistic.copy_(statistic.float())
        shape = (STEPS, rows, resolution, resolution, channels)
        self.reals = torch.randint(0, 256, shape, dtype=torch.uint8)
        self.latents = torch.randn(STEPS, rows, LATENT).float().double()
        self.mix = torch.rand(STEPS, rows, 1, 1, 1).float().double()
        self.labels = torch.randint(0, classes, (STEPS, rows)) if classes else None
        self.draws = {of: self.draw(resolution) for of in ("reals", "fakes")} if augment else None

    def draw(self, resolution):
        """Colour, translation and cutout numbers of every step, in the ranges of the published method."""
        reach = int(resolution / 8 + 0.5)
        rows = self.critic * BATCH
        colour = torch.rand(STEPS, rows, 3) * torch.tensor([1.0, 2.0, 1.0]) + torch.tensor([-0.5, 0.0, 0.5])
        shift = torch.randint(-reach, reach + 1, (STEPS, rows, 2))
        hole = torch.randint(0, resolution + 1, (STEPS, rows, 2)) - resolution // 4
        return colour.float().double(), shift.double(), hole.double()

    def more(self, i, turn=0):
        """What networks and losses take besides, at an update of step i: labels, and the augmentation of reals and fakes."""
        own = rows_of(turn)
        labels = None if self.labels is None else self.labels[i][own]
        if self.draws is None:
            return labels, None
        numbers = {of: [values[i][own] for values in draws] for of, draws in self.draws.items()}
        return labels, {of: functools.partial(augmented, numbers=numbers[of]) for of in numbers}

    def inputs(self, i, turn=0):
        own = rows_of(turn)
        alpha = torch.tensor(np.float64(np.float32(self.alphas[i])))
        reals = faded_reals(self.reals[i][own].double(), self.fade, alpha)
        return reals, self.latents[i][own], self.mix[i][own], alpha

    def given(self):
        """State and inputs that Sprout starts from."""
        return {
            **all_to_sprout("generator/", "generator", parameters(self.G)),
            **all_to_sprout("discriminator/", "discriminator", parameters(self.D)),
            **all_to_sprout("average/", "generator", running_statistics(self.G)),
            "input/latents": self.latents,
            "input/mix": self.mix,
            "input/alpha": torch.tensor(self.alphas),
            **({} if self.labels is None else {"input/labels": self.labels}),
            **{
                f"input/{kind}/{of}": values
                for of, draws in (self.draws or {}).items()
                for kind, values in zip(("color", "translation", "cutout"), draws)
            },
        }

    def gradients(self):
        """Losses and all gradients at the given weights; the generator's against the same discriminator."""
        reals, z, mix, alpha = self.inputs(0)
        labels, augment = self.more(0)
        fakes = self.G(z, alpha, labels)
        d_loss, real, fake = discriminator_loss(
            self.loss, self.D, reals, fakes.detach(), mix, alpha, labels, augment
        )
        d_names, g_names = parameters(self.D), parameters(self.G)
        d_grads = torch.autograd.grad(d_loss, list(d_names.values()))
        g_loss = generator_loss(self.loss, self.D, fakes, alpha, labels, augment)
        g_grads = torch.autograd.grad(g_loss, list(g_names.values()))
        return {
            **all_to_sprout("grad/generator/", "generator", dict(zip(g_names, g_grads))),
            **all_to_sprout("grad/discriminator/", "discriminator", dict(zip(d_names, d_grads))),
            "discriminatorLoss": d_loss,
            "generatorLoss": g_loss,
            "realScore": real,
            "fakeScore": fake,
        }

    def decided(self):
        """
        Whether float32 gives every leaky ReLU the sign that float64 does. On its kink the slope is 0.2 or 1 as rounding
        decides, so one argument of 1e-7 moves gradients by percents, and engines that round otherwise would be wrong.
        """
        nearest.clear()
        self.gradients()
        return min(nearest) > UNDECIDED

    def train(self):
        """Whole steps with torch.optim.Adam; the state and losses after the first and, for most colour cases, after the last."""
        rate, betas = self.adam
        options = dict(lr=rate, betas=betas, eps=EPSILON)
        d_adam = torch.optim.Adam(self.D.parameters(), **options)
        g_adam = torch.optim.Adam(self.G.parameters(), **options)
        average = {name: p.detach().clone() for name, p in parameters(self.G).items()}
        result = {}
        for i in range(STEPS):
            told = []
            for turn in range(self.critic):
                reals, z, mix, alpha = self.inputs(i, turn)
                labels, augment = self.more(i, turn)
                # One pass, whose pictures train the discriminator and, the last of them, the generator.
                fakes = self.G(z, alpha, labels, keep=turn == self.critic - 1)
                d_adam.zero_grad()
                d_loss, real, fake = discriminator_loss(
                    self.loss, self.D, reals, fakes.detach(), mix, alpha, labels, augment
                )
                d_loss.backward()
                d_adam.step()
                told.append(torch.stack([d_loss.detach(), real.detach(), fake.detach()]))
            g_adam.zero_grad()
            g_loss = generator_loss(self.loss, self.D, fakes, alpha, labels, augment)
            g_loss.backward()
            g_adam.step()
            d_loss, real, fake = torch.stack(told).mean(0)
            for name, p in parameters(self.G).items():
                decay = min(DECAY, (2 + i) / (11 + i))
                average[name] = decay * average[name] + (1 - decay) * p.detach()
            losses = {"discriminatorLoss": d_loss, "generatorLoss": g_loss, "realScore": real, "fakeScore": fake}
            result.update({f"step{i + 1}/{k}": v for k, v in losses.items()})
            if i == 0 or (i == STEPS - 1 and self.channels > 1 and self.loss != "logistic-r1"):
                result.update(self.state(f"after{i + 1}/", average, g_adam, d_adam))
        return result

    def state(self, prefix, average, g_adam, d_adam):
        def moments(module, adam, kind="exp_avg_sq"):
            return {name: adam.state[p][kind] for name, p in parameters(module).items()}

        first = {}
        if self.adam[1][0] > 0:
            first = {
                **all_to_sprout(f"{prefix}first/generator/", "generator", moments(self.G, g_adam, "exp_avg")),
                **all_to_sprout(f"{prefix}first/discriminator/", "discriminator", moments(self.D, d_adam, "exp_avg")),
            }
        return {
            **first,
            **all_to_sprout(f"{prefix}average/", "generator", running_statistics(self.G)),
            **all_to_sprout(f"{prefix}generator/", "generator", parameters(self.G)),
            **all_to_sprout(f"{prefix}discriminator/", "discriminator", parameters(self.D)),
            **all_to_sprout(f"{prefix}average/", "generator", average),
            **all_to_sprout(f"{prefix}moment/generator/", "generator", moments(self.G, g_adam)),
            **all_to_sprout(f"{prefix}moment/discriminator/", "discriminator", moments(self.D, d_adam)),
        }


def write(name, case, tensors):
    """One fixture: `name.f32` and `name.u8` with the numbers, `name.json` with what they are."""
    places, floats, at = {}, [], 0
    for key, tensor in tensors.items():
        flat = tensor.detach().contiguous().double().numpy().astype("<f4").ravel()
        places[key] = [at, flat.size]
        floats.append(flat)
        at += flat.size
    np.concatenate(floats).tofile(FIXTURES / f"{name}.f32")
    case.reals.numpy().tofile(FIXTURES / f"{name}.u8")
    about = {
        "loss": case.loss,
        "resolution": case.resolution,
        "phase": "fade" if case.fade else "stable",
        "channels": case.channels,
        "batch": BATCH,
        "steps": STEPS,
        "latentSize": LATENT,
        "fmapMax": case.maps,
        "fmapBase": 4 * case.maps,
        "minibatchGroup": GROUP,
        "learningRate": case.adam[0],
        **({"generatorNorm": "batch"} if case.G.norms else {}),
        **({"criticSteps": case.critic} if case.critic > 1 else {}),
        **({"betas": case.adam[1]} if case.adam != PAPER else {}),
        **({"classes": case.classes} if case.classes else {}),
        **({"augment": ["color", "translation", "cutout"]} if case.draws else {}),
        "tensors": places,
    }
    (FIXTURES / f"{name}.json").write_text(json.dumps(about, separators=(",", ":")) + "\n")


def main():
    FIXTURES.mkdir(exist_ok=True)
    # Loss, resolution, fade, channels, feature maps (halved at 16 px, so that blocks change their number).
    cases = [
        (loss, resolution, resolution > 4, channels, 8)
        for loss in ("wgan-gp", "logistic")
        for resolution in (4, 8, 16)
        for channels in (1, 3)
    ]
    cases += [("logistic-r1", resolution, resolution > 4, 3, 8) for resolution in (4, 8, 16)]
    cases += [("wgan-gp", 8, False, 4, 8), ("wgan-gp", 16, True, 3, 16), ("logistic", 8, True, 3, 16)]
    # Classes and augmentation; before them nothing may be put, since a case's place is its first seed.
    plain = [(*case, 0, False) for case in cases]
    told = [
        (loss, resolution, resolution > 4, 1, 8, 3, False)
        for loss in ("wgan-gp", "logistic")
        for resolution in (4, 8)
    ]
    changed = [
        ("wgan-gp", 8, True, 3, 8, 0, True),
        ("logistic-r1", 8, True, 3, 8, 0, True),
        ("logistic", 4, False, 1, 8, 0, True),
        ("logistic-r1", 8, False, 4, 8, 3, True),
        ("logistic", 16, True, 3, 8, 0, True),
    ]
    # Numbers of maps that are none of 4, and odd.
    few = [(loss, 16, True, 3, 6, 0, False) for loss in ("wgan-gp", "logistic")]
    # Batch normalisation, several updates of the discriminator in a step, and what courses train with.
    later = [
        ("logistic", 4, False, 3, 8, 0, False, True, 1, PAPER),
        ("wgan-gp", 8, True, 3, 8, 0, False, True, 1, PAPER),
        ("logistic", 8, True, 3, 16, 0, False, True, 1, TUTORIAL),
        ("logistic-r1", 8, False, 1, 8, 3, True, True, 1, PAPER),
        ("wgan-gp", 4, False, 1, 8, 0, False, False, 3, PAPER),
        ("logistic", 8, True, 3, 8, 3, False, True, 2, TUTORIAL),
        ("wgan-gp", 8, False, 3, 8, 0, True, False, 2, PAPER),
    ]
    usual = [(*case, False, 1, PAPER) for case in plain + told + changed + few]
    for place, settings in enumerate(usual + later):
        loss, resolution, fade, channels, maps, classes, augment, batch_norm, critic, adam = settings
        seeds = itertools.count(place, 1000)
        draws = (
            Case(loss, resolution, fade, channels, maps, seed, classes, augment, batch_norm, critic, adam) for seed in seeds
        )
        case = next(draw for draw in draws if draw.decided())
        tensors = {key: value.detach().clone() for key, value in case.given().items()}
        if critic == 1:
            tensors.update(case.gradients())
        if (maps, resolution) != (16, 16) and (not augment or critic > 1):
            tensors.update(case.train())
        phase = "fade" if fade else "stable"
        more = ("-classes" if classes else "") + ("-augmented" if augment else "")
        more += ("-batchnorm" if batch_norm else "") + (f"-critic{critic}" if critic > 1 else "")
        more += "-tutorial" if adam == TUTORIAL else ""
        write(f"{loss}-{resolution}px-{phase}-{channels}ch-{maps}maps{more}", case, tensors)


if __name__ == "__main__":
    main()

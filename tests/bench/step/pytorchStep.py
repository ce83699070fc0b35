"""The training step of Sprout in PyTorch, as a timing worker: the yardstick of the benchmark.

usage: pytorchStep.py RESOLUTION LOSS FORM LAYOUT FMAP_MAX BATCH THREADS
FORM plain   as people write it: upsample then convolve, convolve then average, the generator run twice
FORM tuned   the same function by cheaper algebra: 4x4 kernels of summed taps at stride 2, real and generated
             pictures in one discriminator pass, the generator run once
LAYOUT       nchw or channels_last

It says READY, then answers each line `go SECONDS` with images per second (median step) as JSON.
Networks: section A.1 of the ProGAN paper at one resolution, mid-fade above 4 px.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F

RESOLUTION, LOSS, FORM, LAYOUT = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
FMAP_MAX, BATCH, THREADS = map(int, sys.argv[5:8])
TUNED = FORM == "tuned"
MEMORY = torch.channels_last if LAYOUT == "channels_last" else torch.contiguous_format
ALPHA = 0.3

torch.set_num_threads(THREADS)
torch.manual_seed(1)


def fmaps(resolution):
    return min(16 * FMAP_MAX // (resolution // 2), FMAP_MAX)


def layer(store, name, *shape):
    weight = torch.randn(*shape)
    if weight.dim() == 4:
        weight = weight.to(memory_format=MEMORY)
    store[name] = (weight.requires_grad_(), torch.zeros(shape[0], requires_grad=True))


def build():
    generator, discriminator = {}, {}
    layer(generator, "dense", 16 * fmaps(4), FMAP_MAX)
    layer(generator, "conv4", fmaps(4), fmaps(4), 3, 3)
    layer(discriminator, "conv4", fmaps(4), fmaps(4) + 1, 3, 3)
    layer(discriminator, "dense", fmaps(4), 16 * fmaps(4))
    layer(discriminator, "score", 1, fmaps(4))
    resolution = 8
    while resolution <= RESOLUTION:
        wide, narrow = fmaps(resolution // 2), fmaps(resolution)
        layer(generator, f"up{resolution}", narrow, wide, 3, 3)
        layer(generator, f"conv{resolution}", narrow, narrow, 3, 3)
        layer(discriminator, f"conv{resolution}", narrow, narrow, 3, 3)
        layer(discriminator, f"down{resolution}", wide, narrow, 3, 3)
        resolution *= 2
    for shown in {RESOLUTION, max(4, RESOLUTION // 2)}:
        layer(generator, f"toRGB{shown}", 3, fmaps(shown), 1, 1)
        layer(discriminator, f"fromRGB{shown}", fmaps(shown), 3, 1, 1)
    return generator, discriminator


G, D = build()
TAPS = torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]])
TAPS = torch.kron(TAPS, TAPS).T.contiguous()


def scaled(store, name, gain=math.sqrt(2)):
    weight, bias = store[name]
    return weight, gain / math.sqrt(weight[0].numel()), bias


def conv(store, name, x, gain=math.sqrt(2)):
    weight, scale, bias = scaled(store, name, gain)
    return F.conv2d(x, weight * scale, bias, padding=weight.shape[2] // 2)


def dense(store, name, x, gain=math.sqrt(2)):
    weight, scale, bias = scaled(store, name, gain)
    return F.linear(x, weight * scale, bias)


def summed_taps(weight, scale):
    return (weight.flatten(2) @ (TAPS * scale)).view(*weight.shape[:2], 4, 4)


def conv_up(store, name, x):
    if not TUNED:
        return conv(store, name, F.interpolate(x, scale_factor=2))
    weight, scale, bias = scaled(store, name)
    kernel = summed_taps(weight.flip(2, 3), scale).transpose(0, 1)
    return F.conv_transpose2d(x, kernel, bias, stride=2, padding=1)


def conv_down(store, name, x):
    weight, scale, bias = scaled(store, name)
    if TUNED:
        return F.conv2d(x, summed_taps(weight, scale / 4), bias, stride=2, padding=1)
    return F.avg_pool2d(F.conv2d(x, weight * scale, padding=1), 2) + bias.view(1, -1, 1, 1)


def leaky(x):
    return F.leaky_relu(x, 0.2)


def pixel_norm(x):
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def generate(latents):
    x = dense(G, "dense", pixel_norm(latents), math.sqrt(2) / 4).view(-1, fmaps(4), 4, 4)
    x = pixel_norm(leaky(x.contiguous(memory_format=MEMORY)))
    x = pixel_norm(leaky(conv(G, "conv4", x)))
    before, resolution = None, 8
    while resolution <= RESOLUTION:
        before = x
        x = pixel_norm(leaky(conv_up(G, f"up{resolution}", x)))
        x = pixel_norm(leaky(conv(G, f"conv{resolution}", x)))
        resolution *= 2
    image = conv(G, f"toRGB{RESOLUTION}", x, 1)
    if before is None:
        return image
    low = F.interpolate(conv(G, f"toRGB{RESOLUTION // 2}", before, 1), scale_factor=2)
    return torch.lerp(low, image, ALPHA)


def stddev_map(x):
    """Section 3: groups of 4, strided over the minibatch, one value a group."""
    groups = min(4, x.shape[0])
    y = x.view(groups, -1, *x.shape[1:])
    y = (y - y.mean(0)).square().mean(0).add(1e-8).sqrt().mean((1, 2, 3))
    return y.repeat(groups).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)


def discriminate(images, parts=1):
    x, resolution = leaky(conv(D, f"fromRGB{RESOLUTION}", images)), RESOLUTION
    while resolution >= 8:
        x = leaky(conv(D, f"conv{resolution}", x))
        x = leaky(conv_down(D, f"down{resolution}", x))
        if resolution == RESOLUTION:
            low = leaky(conv(D, f"fromRGB{resolution // 2}", F.avg_pool2d(images, 2)))
            x = torch.lerp(low, x, ALPHA)
        resolution //= 2
    deviations = torch.cat([stddev_map(part) for part in x.chunk(parts)])
    x = leaky(conv(D, "conv4", torch.cat([x, deviations], 1)))
    return dense(D, "score", leaky(dense(D, "dense", x.flatten(1))), 1)


def discriminator_loss(reals, fakes, mix):
    if TUNED:
        real, fake = discriminate(torch.cat([reals, fakes]), 2).chunk(2)
    else:
        real, fake = discriminate(reals), discriminate(fakes)
    if LOSS == "logistic":
        return F.softplus(fake).mean() + F.softplus(-real).mean()
    between = torch.lerp(reals, fakes, mix).requires_grad_()
    (slope,) = torch.autograd.grad(discriminate(between).sum(), between, create_graph=True)
    norm = slope.square().sum((1, 2, 3)).add(1e-8).sqrt()
    return (fake - real).mean() + 10 * (norm - 1).square().mean() + 1e-3 * real.square().mean()


def generator_loss(score):
    return F.softplus(-score).mean() if LOSS == "logistic" else -score.mean()


GP = [tensor for pair in G.values() for tensor in pair]
DP = [tensor for pair in D.values() for tensor in pair]
AVERAGE = [tensor.detach().clone() for tensor in GP]
ADAM = dict(lr=1e-3, betas=(0.0, 0.99), eps=1e-8, fused=True)
ADAM_G, ADAM_D = torch.optim.Adam(GP, **ADAM), torch.optim.Adam(DP, **ADAM)
REALS = torch.rand(BATCH, 3, RESOLUTION, RESOLUTION).mul(2).sub(1).to(memory_format=MEMORY)


def step():
    latents, mix = torch.randn(BATCH, FMAP_MAX), torch.rand(BATCH, 1, 1, 1)
    with torch.set_grad_enabled(TUNED):
        fakes = generate(latents)
    ADAM_D.zero_grad(set_to_none=True)
    discriminator_loss(REALS, fakes.detach(), mix).backward()
    ADAM_D.step()
    for parameter in DP:
        parameter.requires_grad_(False)
    ADAM_G.zero_grad(set_to_none=True)
    generator_loss(discriminate(fakes if TUNED else generate(latents))).backward()
    ADAM_G.step()
    for parameter in DP:
        parameter.requires_grad_(True)
    with torch.no_grad():
        torch._foreach_lerp_(AVERAGE, [parameter.detach() for parameter in GP], 1e-3)


def measure(seconds):
    # Memory of a process that stood still may have been put away meanwhile.
    step()
    step()
    times, started = [], time.perf_counter()
    while time.perf_counter() - started < seconds or len(times) < 3:
        begun = time.perf_counter()
        step()
        times.append(time.perf_counter() - begun)
    return BATCH / sorted(times)[len(times) // 2]


step()
step()
print("READY", flush=True)
for line in sys.stdin:
    print(json.dumps({"imagesPerSecond": measure(float(line.split()[1]))}), flush=True)

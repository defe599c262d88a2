"""Makes optimizers.json: what Adam and SOAP do to given parameters under given gradients.

Adam is PyTorch 2.13's. SOAP is written here from Vyas et al. (ICLR 2025, algorithm 3), in double precision, on each layer's
matrix [W b]. As in the authors' code the first gradient only sets the preconditioner. The layers are square, because a
singular L or R leaves part of its eigenbasis to chance.

    python3 make_optimizer_fixtures.py > optimizers.json
"""

import json

import numpy as np
import torch

INPUTS, WIDTH, OUTPUTS = 3, 4, 5
SETTINGS = dict(beta1=0.9, beta2=0.95, epsilon=1e-8, preconditionEvery=3)
RATES = [0.01, 0.01, 0.02, 0.02, 0.02, 0.005, 0.005, 0.005, 0.01, 0.01, 0.01, 0.01]


def layers():
    """(first weight, rows, columns of W) of each layer in the flat array."""
    return [(0, WIDTH, INPUTS), (WIDTH * (INPUTS + 1), OUTPUTS, WIDTH)]


def matrix(flat, layer):
    start, rows, columns = layer
    weights = flat[start:start + rows * columns].reshape(rows, columns)
    bias = flat[start + rows * columns:start + rows * (columns + 1)]
    return np.hstack([weights, bias[:, None]])


def flatten(matrices):
    return np.concatenate([np.concatenate([m[:, :-1].ravel(), m[:, -1]]) for m in matrices])


class Soap:
    def __init__(self, beta1, beta2, epsilon, preconditionEvery):
        self.beta1, self.beta2, self.epsilon, self.every = beta1, beta2, epsilon, preconditionEvery
        self.t = 0

    def update(self, g):
        self.t += 1
        if self.t == 1:
            self.l, self.r = g @ g.T, g.T @ g
            self.ql, self.qr = (np.linalg.eigh(m)[1][:, ::-1] for m in (self.l, self.r))
            self.m, self.v = np.zeros_like(g), np.zeros_like(g)
            return np.zeros_like(g)
        rotated = self.ql.T @ g @ self.qr
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * rotated**2
        steps = self.t - 1
        mean = self.ql.T @ self.m @ self.qr / (1 - self.beta1**steps)
        deviation = np.sqrt(self.v / (1 - self.beta2**steps))
        update = self.ql @ (mean / (deviation + self.epsilon)) @ self.qr.T
        self.l = self.beta2 * self.l + (1 - self.beta2) * g @ g.T
        self.r = self.beta2 * self.r + (1 - self.beta2) * g.T @ g
        if self.t % self.every == 0:
            # Power iteration and QR, columns sorted by their estimated eigenvalues.
            left = np.argsort(-np.diag(self.ql.T @ self.l @ self.ql))
            right = np.argsort(-np.diag(self.qr.T @ self.r @ self.qr))
            self.v = self.v[left][:, right]
            self.ql = np.linalg.qr(self.l @ self.ql[:, left])[0]
            self.qr = np.linalg.qr(self.r @ self.qr[:, right])[0]
        return update


def adam(start, gradients):
    parameters = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.Adam([parameters], betas=(SETTINGS["beta1"], SETTINGS["beta2"]), eps=SETTINGS["epsilon"])
    history = []
    for rate, gradient in zip(RATES, gradients):
        optimizer.param_groups[0]["lr"] = rate
        parameters.grad = torch.tensor(gradient, dtype=torch.float32)
        optimizer.step()
        history.append(parameters.detach().numpy().astype(float).tolist())
    return history


def soap(start, gradients):
    optimizers = [Soap(**SETTINGS) for _ in layers()]
    matrices = [matrix(start, layer) for layer in layers()]
    history = []
    for rate, gradient in zip(RATES, gradients):
        for index, layer in enumerate(layers()):
            matrices[index] = matrices[index] - rate * optimizers[index].update(matrix(gradient, layer))
        history.append(flatten(matrices).tolist())
    return history


def main():
    random = np.random.default_rng(7)
    count = WIDTH * (INPUTS + 1) + OUTPUTS * (WIDTH + 1)
    start = random.normal(size=count).astype(np.float32).astype(float)
    # A mean that stays and noise that changes, of sizes far apart.
    mean = random.normal(size=count)
    gradients = (mean + random.normal(size=(len(RATES), count))) * 10.0 ** random.uniform(-2, 1, size=count)
    gradients = gradients.astype(np.float32).astype(float)
    print(json.dumps(
        dict(inputs=INPUTS, width=WIDTH, outputs=OUTPUTS, rates=RATES, **SETTINGS, start=start.tolist(),
             gradients=gradients.tolist(), adam=adam(start, gradients), soap=soap(start, gradients)),
        separators=(",", ":")))


main()

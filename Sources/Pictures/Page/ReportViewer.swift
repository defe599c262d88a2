import Core
import Geometry

/// The page's 3D view: three panes in one WebGL 2 canvas, turned together. Plain JavaScript, no library.
enum ReportViewer {
    static let html = """
        <figure class="viewer">
          <div class="views" role="group" aria-label="What is shown">
            <button data-view="all" aria-pressed="true">Side by side</button>
            <button data-view="input" aria-pressed="false">Input</button>
            <button data-view="result" aria-pressed="false">Result</button>
            <button data-view="error" aria-pressed="false">Signed error</button>
          </div>
          <div class="stage">
            <canvas id="view" tabindex="0" aria-label="3D view of input, result and signed error"></canvas>
            <div class="labels"><span>Input</span><span>Result</span><span>Signed error</span></div>
            <p class="problem" hidden>This browser offers no WebGL 2, so the 3D view is not shown.</p>
          </div>
          <p class="hint">Drag to turn, shift-drag or two fingers to move, wheel or pinch to zoom, double-click to reset.</p>
        </figure>
        """

    static let script = #"""
        'use strict';
        (() => {
          const scene = JSON.parse(document.getElementById('scene').textContent);
          const canvas = document.getElementById('view');
          const gl = canvas.getContext('webgl2', { antialias: true });
          if (!gl) {
            document.querySelector('.problem').hidden = false;
            canvas.hidden = true;
            return;
          }

          const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
          const center = scene.minimum.map((low, i) => low + scene.extent[i] / 2);
          const radius = Math.hypot(...scene.extent) / 2;

          // Vertex normals, weighted by area.
          function normals(steps, indices) {
            const p = new Float32Array(steps.length), n = new Float32Array(steps.length);
            for (let i = 0; i < steps.length; i++) p[i] = steps[i] / 65535 * scene.extent[i % 3];
            for (let t = 0; t < indices.length; t += 3) {
              const [a, b, c] = [3 * indices[t], 3 * indices[t + 1], 3 * indices[t + 2]];
              const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
              const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
              const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
              for (const k of [a, b, c]) { n[k] += x; n[k + 1] += y; n[k + 2] += z; }
            }
            const result = new Int8Array(steps.length);
            for (let i = 0; i < n.length; i += 3) {
              const length = Math.hypot(n[i], n[i + 1], n[i + 2]) || 1;
              for (let k = 0; k < 3; k++) result[i + k] = Math.round(127 * n[i + k] / length);
            }
            return result;
          }

          function upload(mesh) {
            const steps = new Uint16Array(bytes(mesh.positions).buffer);
            const indices = new Uint32Array(bytes(mesh.triangles).buffer);
            const array = gl.createVertexArray();
            gl.bindVertexArray(array);
            const attribute = (place, data, size, type) => {
              gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
              gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
              gl.enableVertexAttribArray(place);
              gl.vertexAttribPointer(place, size, type, true, 0, 0);
            };
            attribute(0, steps, 3, gl.UNSIGNED_SHORT);
            attribute(1, normals(steps, indices), 3, gl.BYTE);
            if (mesh.errors) attribute(2, bytes(mesh.errors), 1, gl.UNSIGNED_BYTE);
            gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
            gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
            return { array, count: indices.length };
          }

          const vertexShader = `#version 300 es
            layout(location = 0) in vec3 steps;
            layout(location = 1) in vec3 direction;
            layout(location = 2) in float error;
            uniform vec3 minimum, extent;
            uniform mat4 camera;
            uniform mat3 turn;
            out vec3 normal, place;
            out float signedError;
            void main() {
              vec3 position = minimum + extent * steps;
              gl_Position = camera * vec4(position, 1.0);
              normal = turn * direction;
              place = turn * position;
              signedError = error;
            }`;
          // The lights of the still picture, without its shadows. Where smooth and flat normals part, the edge is sharp.
          const fragmentShader = `#version 300 es
            precision highp float;
            in vec3 normal, place;
            in float signedError;
            uniform sampler2D colours;
            uniform vec3 clay;
            uniform bool showsError;
            out vec4 colour;
            void main() {
              vec3 flat_ = normalize(cross(dFdx(place), dFdy(place)));
              vec3 n = normalize(normal);
              bool inside = dot(n, flat_) < 0.0;
              if (inside) n = -n;
              if (dot(n, flat_) < 0.6) n = flat_;
              vec3 albedo = clay;
              if (showsError) albedo = texture(colours, vec2(signedError + 0.5 / 255.0, 0.5)).rgb;
              albedo = pow(albedo, vec3(2.2));
              if (inside) albedo *= vec3(0.42, 0.50, 0.66);
              vec3 key = normalize(vec3(-0.70, 0.80, 0.62)), fill = normalize(vec3(0.85, 0.10, 0.55));
              vec3 light = mix(vec3(0.14), vec3(0.34, 0.35, 0.37), 0.5 + 0.5 * n.y);
              light += vec3(0.88, 0.83, 0.77) * max(0.0, (dot(n, key) + 0.12) / 1.12);
              light += vec3(0.13, 0.15, 0.16) * max(0.0, (dot(n, fill) + 0.3) / 1.3);
              float shine = showsError ? 0.0 : 0.06 * pow(max(0.0, dot(n, normalize(key + vec3(0, 0, 1)))), 24.0);
              colour = vec4(pow(albedo * light + shine, vec3(1.0 / 2.2)), 1.0);
            }`;
          function compile(kind, text) {
            const shader = gl.createShader(kind);
            gl.shaderSource(shader, text);
            gl.compileShader(shader);
            if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
            return shader;
          }
          const program = gl.createProgram();
          gl.attachShader(program, compile(gl.VERTEX_SHADER, vertexShader));
          gl.attachShader(program, compile(gl.FRAGMENT_SHADER, fragmentShader));
          gl.linkProgram(program);
          if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
          gl.useProgram(program);
          const uniform = name => gl.getUniformLocation(program, name);
          const places = Object.fromEntries(['camera', 'turn', 'showsError'].map(name => [name, uniform(name)]));
          gl.uniform3fv(uniform('minimum'), scene.minimum.map((low, i) => low - center[i]));
          gl.uniform3fv(uniform('extent'), scene.extent);
          gl.uniform3fv(uniform('clay'), scene.clay.map(c => c / 255));
          gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
          gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
          gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, 255, 1, 0, gl.RGB, gl.UNSIGNED_BYTE, bytes(scene.colours));
          for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
            [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]]) {
            gl.texParameteri(gl.TEXTURE_2D, name, value);
          }
          gl.enable(gl.DEPTH_TEST);
          gl.enable(gl.SCISSOR_TEST);
          const input = upload(scene.input), result = upload(scene.result);
          const panes = { input: [input, false], result: [result, false], error: [result, true] };

          const start = { azimuth: 32, elevation: 18, zoom: 1, x: 0, y: 0 };
          let camera = { ...start }, shown = 'all', isDue = false;

          function draw() {
            isDue = false;
            const ratio = Math.min(devicePixelRatio || 1, 2);
            const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
            if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
            const names = shown === 'all' ? ['input', 'result', 'error'] : [shown];
            const [a, e] = [camera.azimuth * Math.PI / 180, camera.elevation * Math.PI / 180];
            const turn = [
              Math.cos(a), Math.sin(e) * -Math.sin(a), Math.cos(e) * Math.sin(a),
              0, Math.cos(e), Math.sin(e),
              -Math.sin(a), -Math.sin(e) * Math.cos(a), Math.cos(e) * Math.cos(a)];
            names.forEach((name, number) => {
              const left = Math.round(width * number / names.length);
              const right = Math.round(width * (number + 1) / names.length);
              gl.viewport(left, 0, right - left, height);
              gl.scissor(left, 0, right - left, height);
              gl.clearColor(...scene.background.map(c => c / 255), 1);
              gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
              // Half the field of view is 13 degrees along the shorter side.
              const aspect = (right - left) / height, tangent = 0.2309;
              const distance = 0.78 * radius / Math.sin(Math.atan(tangent)) / camera.zoom;
              const sx = 1 / (tangent * Math.max(aspect, 1)), sy = 1 / (tangent * Math.max(1 / aspect, 1));
              const near = Math.max(distance - 1.1 * radius, distance * 0.01), far = distance + 1.1 * radius;
              const [u, v] = [camera.x * radius, camera.y * radius];
              const depth = (near + far) / (near - far), shift = 2 * near * far / (near - far);
              const m = new Float32Array(16);
              for (let k = 0; k < 3; k++) {
                m[4 * k] = sx * turn[3 * k];
                m[4 * k + 1] = sy * turn[3 * k + 1];
                m[4 * k + 2] = depth * turn[3 * k + 2];
                m[4 * k + 3] = -turn[3 * k + 2];
              }
              m[12] = sx * u; m[13] = sy * v; m[14] = shift - depth * distance; m[15] = distance;
              const [mesh, showsError] = panes[name];
              gl.uniformMatrix4fv(places.camera, false, m);
              gl.uniformMatrix3fv(places.turn, false, turn);
              gl.uniform1i(places.showsError, showsError ? 1 : 0);
              gl.bindVertexArray(mesh.array);
              gl.drawElements(gl.TRIANGLES, mesh.count, gl.UNSIGNED_INT, 0);
            });
          }
          function redraw() { if (!isDue) { isDue = true; requestAnimationFrame(draw); } }

          const fingers = new Map();
          canvas.addEventListener('pointerdown', event => {
            canvas.setPointerCapture(event.pointerId);
            fingers.set(event.pointerId, [event.clientX, event.clientY]);
          });
          for (const name of ['pointerup', 'pointercancel']) {
            canvas.addEventListener(name, event => fingers.delete(event.pointerId));
          }
          canvas.addEventListener('pointermove', event => {
            const before = fingers.get(event.pointerId);
            if (!before) return;
            const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
            const scale = 2.2 / Math.min(canvas.clientHeight, canvas.clientWidth) / camera.zoom / fingers.size;
            if (fingers.size === 2) {
              const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
              const apart = at => Math.hypot(at[0] - other[0], at[1] - other[1]) || 1;
              zoom(apart([event.clientX, event.clientY]) / apart(before));
            }
            if (fingers.size === 2 || event.shiftKey || event.buttons & 6) {
              camera.x += dx * scale;
              camera.y -= dy * scale;
            } else {
              camera.azimuth -= dx * 0.4;
              camera.elevation = Math.min(90, Math.max(-90, camera.elevation + dy * 0.4));
            }
            fingers.set(event.pointerId, [event.clientX, event.clientY]);
            redraw();
          });
          function zoom(factor) { camera.zoom = Math.min(40, Math.max(0.3, camera.zoom * factor)); redraw(); }
          canvas.addEventListener('wheel', event => {
            event.preventDefault();
            zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.04 : 0.0015)));
          }, { passive: false });
          canvas.addEventListener('contextmenu', event => event.preventDefault());
          canvas.addEventListener('dblclick', () => { camera = { ...start }; redraw(); });
          canvas.addEventListener('keydown', event => {
            const step = { ArrowLeft: [-6, 0], ArrowRight: [6, 0], ArrowUp: [0, 6], ArrowDown: [0, -6] }[event.key];
            if (!step) return;
            event.preventDefault();
            camera.azimuth += step[0];
            camera.elevation = Math.min(90, Math.max(-90, camera.elevation + step[1]));
            redraw();
          });
          const buttons = [...document.querySelectorAll('.views button')];
          for (const button of buttons) {
            button.addEventListener('click', () => {
              shown = button.dataset.view;
              for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
              document.querySelector('.labels').hidden = shown !== 'all';
              redraw();
            });
          }
          addEventListener('resize', redraw);
          draw();
          window.reportViewer = { gl, draw };
        })();
        """#
}
